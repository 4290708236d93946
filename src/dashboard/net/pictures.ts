import type { Net } from '../../net/net.js';
import type { Pictures } from '../messages.js';

/** How many pictures are shown, and how many pixels one may have in a row. */
const [mostPictures, mostPixels] = [64, 128];

/** Gray levels of some values: 0 for the lowest, 255 for the highest. */
function grayOf(values: Float32Array): Uint8Array {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const scale = max > min && Number.isFinite(max - min) ? 255 / (max - min) : 0;
  return Uint8Array.from(values, (value) => (value - min) * scale);
}

/** Every n-th row and column of planes of height x width, so that they are small enough. */
function thinned(values: Float32Array, planes: number, height: number, width: number): [Float32Array, number, number] {
  const step = Math.ceil(Math.max(height, width) / mostPixels);
  if (step <= 1) return [values.slice(0, planes * height * width), height, width];
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const kept = new Float32Array(planes * rows * columns);
  let to = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < height; y += step) {
      for (let x = 0; x < width; x += step) kept[to++] = values[(plane * height + y) * width + x] ?? 0;
    }
  }
  return [kept, rows, columns];
}

/** From planes to interleaved R, G, B: nets trained by OpenCV have B, G, R. */
function interleaved(pictures: Float32Array, count: number, size: number): Float32Array {
  const colours = new Float32Array(pictures.length);
  for (let picture = 0; picture < count; picture++) {
    for (let i = 0; i < size; i++) {
      for (let channel = 0; channel < 3; channel++) {
        colours[(picture * size + i) * 3 + channel] = pictures[(picture * 3 + 2 - channel) * size + i] ?? 0;
      }
    }
  }
  return colours;
}

/** The filters of a layer that sees an image. */
function filtersOf(net: Net, layer: number): Pictures | undefined {
  const { type, blobs } = net.layers[layer] ?? {};
  const [weights] = blobs ?? [];
  if (type !== 'Convolution' || weights?.shape.length !== 4) return undefined;
  const [filters = 0, channels = 0, height = 0, width = 0] = weights.shape;
  if (channels !== 1 && channels !== 3) return undefined;
  const count = Math.min(filters, mostPictures);
  const values = weights.cpuData.slice(0, count * channels * height * width);
  const pixels = grayOf(channels === 3 ? interleaved(values, count, height * width) : values);
  return { title: 'Filters', count, channels, height, width, pixels };
}

/** What a layer has computed for the first item of the batch. */
function mapsOf(net: Net, layer: number): Pictures | undefined {
  const top = net.layers[layer]?.top[0];
  const blob = top === undefined ? undefined : net.blobs[top];
  if (blob?.shape.length !== 4) return undefined;
  const [, channels = 0, height = 0, width = 0] = blob.shape;
  if (height * width <= 1 || blob.count === 0) return undefined;
  const count = Math.min(channels, mostPictures);
  const [values, rows, columns] = thinned(blob.cpuData, count, height, width);
  return {
    title: 'Feature maps of one item',
    count,
    channels: 1,
    height: rows,
    width: columns,
    pixels: grayOf(values),
  };
}

/** The pictures that a layer has to show, of now. */
export function picturesOf(net: Net, layer: number): Pictures[] {
  return [filtersOf(net, layer), mapsOf(net, layer)].filter((pictures) => pictures !== undefined);
}
