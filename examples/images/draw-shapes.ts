import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { math, setRandomSeed } from 'tscaffe';

/** The kinds of shapes; the place in the list is the label. Each fits into a circle of radius 1. */
export const kinds = ['circle', 'square', 'star', 'triangle'];

const outlines: Record<string, string> = {
  circle: '<circle r="0.8"/>',
  square: '<rect x="-0.7" y="-0.7" width="1.4" height="1.4"/>',
  star: `<polygon points="0,-1 0.22,-0.31 0.95,-0.31 0.36,0.12 0.59,0.81
    0,0.38 -0.59,0.81 -0.36,0.12 -0.95,-0.31 -0.22,-0.31"/>`,
  triangle: '<polygon points="0,-1 0.87,0.5 -0.87,0.5"/>',
};

export const size = 64;

/** A shape somewhere on a background, with some lines across that mean nothing. */
function picture(kind: string): string {
  const random = new Float32Array(20);
  math.rngUniform(0, 1, random);
  const [hue, light, x, y, turn, radius, ...ends] = random;
  const color = (degrees: number, lightness: number): string =>
    `hsl(${Math.round(degrees)} 70% ${Math.round(lightness)}%)`;
  const lines = [0, 4, 8].map((first) => {
    const [x1, y1, x2, y2] = ends.slice(first, first + 4).map((end) => Math.round(end * size));
    return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${color(360 * ends[first], 50)}"/>`;
  });
  const scale = 12 + 12 * radius;
  const place = [x, y].map((part) => scale + part * (size - 2 * scale)).join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">
    <rect width="100%" height="100%" fill="${color(360 * hue, 20 + 30 * light)}"/>${lines.join('')}
    <g transform="translate(${place}) rotate(${360 * turn}) scale(${scale})"
      fill="${color(360 * hue + 150, 80)}">${outlines[kind]}</g>
  </svg>`;
}

/**
 * Draws `count` JPEG files of each kind into `<folder>/<kind>/`, unless they are there. They follow from the seed
 * alone.
 *
 * @param pixels - their width and height
 */
export async function drawShapes(folder: string, count: number, seed: number, pixels = size): Promise<void> {
  if (existsSync(folder)) return;
  const aside = `${folder}.partial`; // an interrupted run's files are not taken for all of them
  rmSync(aside, { recursive: true, force: true });
  setRandomSeed(seed);
  for (const kind of kinds) {
    mkdirSync(join(aside, kind), { recursive: true });
    for (let n = 0; n < count; n++) {
      const file = join(aside, kind, `${String(n).padStart(4, '0')}.jpg`);
      await sharp(Buffer.from(picture(kind)))
        .resize(pixels)
        .jpeg()
        .toFile(file);
    }
  }
  renameSync(aside, folder);
}
