import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** An image as a net takes it: red, green and blue planes of bytes; and the number of its kind. */
export interface LabelledImage {
  data: Uint8Array;
  label: number;
}

/** Decodes an image file to planes of `size` x `size` bytes. The work is done by sharp's threads. */
export async function decode(file: string, size: number): Promise<Uint8Array> {
  const pixels = await sharp(file).resize(size, size).removeAlpha().toColourspace('srgb').raw().toBuffer();
  const planes = new Uint8Array(pixels.length);
  const count = size * size;
  for (let pixel = 0; pixel < count; pixel++) {
    planes[pixel] = pixels[3 * pixel];
    planes[count + pixel] = pixels[3 * pixel + 1];
    planes[2 * count + pixel] = pixels[3 * pixel + 2];
  }
  return planes;
}

/**
 * The images in `<folder>/<kind>/`, decoded when they are asked for; the kinds' places in their list are the labels.
 */
export function imageFiles(
  folder: string,
  kinds: readonly string[],
  size: number,
): { length: number; at(index: number): Promise<LabelledImage> } {
  const files = kinds.flatMap((kind, label) =>
    readdirSync(join(folder, kind))
      .sort()
      .map((name) => ({ path: join(folder, kind, name), label })),
  );
  return {
    length: files.length,
    at: async (index) => ({ data: await decode(files[index].path, size), label: files[index].label }),
  };
}
