import type { NetDescription } from '../messages.js';

/** The most pixels of an image that is decoded: 50 megapixels. */
const mostPixels = 50e6;

/**
 * Decodes an image and gives it the size of the net's input.
 *
 * @returns height x width x channels bytes: gray, or R, G, B
 */
export async function decodeImage(
  bytes: Uint8Array,
  { channels, height, width }: NonNullable<NetDescription['image']>,
): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const image = sharp(bytes, { limitInputPixels: mostPixels }).rotate().flatten({ background: '#000000' });
  const sized = image.resize(width, height, { fit: 'fill' });
  const coloured = channels === 1 ? sized.toColourspace('b-w') : sized.toColourspace('srgb');
  return coloured.raw().toBuffer();
}
