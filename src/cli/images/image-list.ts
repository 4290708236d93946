import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { readFile } from '../../proto/source.js';
import { Failure } from '../failure.js';

/** An image of a list. */
export interface ListedImage {
  /** As in the list; the key of its record has it. */
  name: string;
  label: number;
}

/**
 * Reads a list as Caffe's tools take it: a line for each image, with its path, a space and its label. Blank lines, for
 * which Caffe's find no image, are left out.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE
 * @throws {Failure} for a line that is none, with its number; if there is none at all
 */
export function readList(file: string): ListedImage[] {
  const lines = Buffer.from(readFile(file)).toString().split('\n');
  const images = lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const [, name, label] = /^(.+) (-?\d+)\s*$/.exec(line) ?? [];
    if (name !== undefined && Number(label) >= -(2 ** 31) && Number(label) < 2 ** 31) {
      return { name, label: Number(label) };
    }
    const shown = JSON.stringify(line.length > 100 ? `${line.slice(0, 100)}...` : line);
    throw new Failure(`${file}:${i + 1}: expected a path, a space and a whole number, not ${shown}`);
  });
  if (images.length === 0) throw new Failure(`${file}: names no images`);
  return images;
}

/** What OpenCV reads. Other files in a folder are left alone. */
const endings = new Set('.bmp .dib .jpeg .jpg .jpe .jp2 .png .webp .pbm .pgm .ppm .pnm .sr .ras .tiff .tif'.split(' '));

/** A link that leads nowhere is none. */
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    throw new Failure(`${folder}: cannot be read: ${(cause as Error).message}`, { cause });
  }
};

function imagesIn(root: string, folder: string): string[] {
  return namesIn(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (isFolder(join(root, path))) return imagesIn(root, path);
    return endings.has(extname(name).toLowerCase()) ? [path] : [];
  });
}

/**
 * Finds images in folders by class: each folder below `root` is a class, and its images may be in folders of their own.
 * Labels count the classes by name, from 0.
 *
 * @throws {Failure} if there is no class, or one without images
 */
export function readFolders(root: string): { images: ListedImage[]; classes: string[] } {
  const classes = namesIn(root).filter((name) => !name.startsWith('.') && isFolder(join(root, name)));
  if (classes.length === 0) throw new Failure(`${root}: expected a folder for each class, and there is none`);
  const images = classes.flatMap((name, label) => {
    const found = imagesIn(root, name);
    if (found.length === 0) throw new Failure(`${join(root, name)}: has no images, where each folder is a class`);
    return found.map((image) => ({ name: image, label }));
  });
  return { images, classes };
}
