import { extname } from 'node:path';
import { argumentError, expectOptions, expectString } from '../error/argument.js';
import { writeFileAside } from '../file/aside.js';
import type { Source } from '../proto/source.js';
import { getDotGraph, type GraphOptions } from './graph.js';

export { getDotGraph, type GraphOptions } from './graph.js';
export {
  chooseColorByLayertype,
  getEdgeLabel,
  getLayerLabel,
  getLayerLrMult,
  getPoolingTypesDict,
  type RankDir,
} from './labels.js';

/** `dot` is the graph's text, for Graphviz and others to lay out. */
export type DrawFormat = 'svg' | 'png' | 'dot';

export interface DrawOptions extends GraphOptions {
  /** `png` by default. */
  format?: DrawFormat;
}

/** Pixels a point, at Graphviz's own 96 dots an inch. */
const pixelsPerPoint = 96 / 72;
/** The most pixels that librsvg draws in a row or column. */
const mostPixels = 32767;

async function toSvg(dot: string): Promise<string> {
  const { instance } = await import('@viz-js/viz');
  const graphviz = await instance();
  return graphviz.renderString(dot, { format: 'svg' });
}

async function toPng(svg: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const size = /<svg width="(\d+)pt" height="(\d+)pt"/;
  const points = (size.exec(svg) ?? []).slice(1).map(Number);
  // A very large net is drawn smaller rather than not at all.
  const scale = Math.min(pixelsPerPoint, mostPixels / Math.max(1, ...points));
  const [width, height] = points.map((length) => Math.floor(length * scale));
  const inPixels = svg.replace(size, `<svg width="${width}" height="${height}"`);
  return sharp(Buffer.from(inPixels), { limitInputPixels: false }).png().toBuffer();
}

/**
 * Draws a net: {@link getDotGraph} laid out by Graphviz (WebAssembly, nothing to install). A PNG has 96 dots an inch,
 * less where it would have more than 32767 in a row; its text is drawn in a font of the system, so there must be one.
 *
 * @returns the bytes of the file; an SVG's and a DOT's are UTF-8
 * @throws {CaffeError} ERR_CAFFE_FILE, ERR_CAFFE_PROTOTXT for a source that is no net
 */
export async function drawNet(source: Source, drawOptions: DrawOptions = {}): Promise<Uint8Array> {
  const { format = 'png', ...options } = expectOptions(drawOptions);
  if (!['svg', 'png', 'dot'].includes(format)) throw argumentError("'svg', 'png' or 'dot'", 'format', format);
  const dot = getDotGraph(source, options);
  if (format === 'dot') return Buffer.from(dot);
  const svg = await toSvg(dot);
  return format === 'svg' ? Buffer.from(svg) : toPng(svg);
}

const formats: Readonly<Record<string, DrawFormat>> = {
  '.svg': 'svg',
  '.png': 'png',
  '.dot': 'dot',
  '.gv': 'dot',
  '.raw': 'dot',
};

/**
 * Draws a net to a file. Its name's ending says the format: .svg, .png, or .dot (.gv, .raw) for the graph's text. The
 * file is there whole or not at all.
 *
 * @throws {RangeError} for any other ending; errors as of {@link drawNet}; {CaffeError} ERR_CAFFE_FILE if it cannot be
 * written
 */
export async function drawNetToFile(source: Source, file: string, options: GraphOptions = {}): Promise<void> {
  const format = formats[extname(expectString(file, 'file')).toLowerCase()];
  if (format === undefined) {
    throw new RangeError(`Expected a file that ends in ${Object.keys(formats).join(', ')} but received ${file}`);
  }
  writeFileAside(file, await drawNet(source, { ...expectOptions(options), format }));
}
