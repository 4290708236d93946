import { extname } from 'node:path';
import { argumentError, expectOptions, expectString } from '../error/argument.js';
import { writeFileAside } from '../file/aside.js';
import type { Source } from '../proto/source.js';
import { getDotGraph, getDrawnGraph, graphOptions, type GraphOptions } from './graph.js';

export { getDotGraph, type GraphOptions } from './graph.js';
export {
  chooseColorByLayertype,
  getEdgeLabel,
  getLayerLabel,
  getLayerLrMult,
  getPoolingTypesDict,
  type RankDir,
} from './labels.js';

/** The output format. `dot` is the graph as text, for Graphviz or another program to lay out. */
export type DrawFormat = 'svg' | 'png' | 'dot';

/** The options of {@link drawNet}. */
export interface DrawOptions extends GraphOptions {
  /** The output format, `png` by default. */
  format?: DrawFormat;
}

/** Pixels per point, at Graphviz's own 96 dots per inch. */
const pixelsPerPoint = 96 / 72;
/** The most pixels that librsvg draws in a row or column. */
const mostPixels = 32767;

/**
 * Graphviz knows how wide text is in Helvetica. Where there is none, another font takes its place, of which the widest
 * (DejaVu Sans, Verdana) run a sixth wider and left their boxes. So the boxes are for text of 14 points, and it has 12.
 */
const laidOut = /(<text [^>]*)font-family="Helvetica[^"]*" font-size="14\.00"/g;
const drawn = '$1font-family="Helvetica,Arial,sans-serif" font-size="12.00"';

async function toSvg(dot: string): Promise<string> {
  const { instance } = await import('@viz-js/viz');
  const graphviz = await instance();
  const fontname = { fontname: 'Helvetica' };
  const svg = graphviz.renderString(dot, { format: 'svg', nodeAttributes: fontname, edgeAttributes: fontname });
  return svg.replaceAll(laidOut, drawn);
}

async function toPng(svg: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  const size = /<svg width="(\d+)pt" height="(\d+)pt"/;
  const points = (size.exec(svg) ?? []).slice(1).map(Number);
  // Scale down a very large net instead of failing.
  const scale = Math.min(pixelsPerPoint, mostPixels / Math.max(1, ...points));
  const [width, height] = points.map((length) => Math.floor(length * scale));
  const inPixels = svg.replace(size, `<svg width="${width}" height="${height}"`);
  return sharp(Buffer.from(inPixels), { limitInputPixels: false }).png().toBuffer();
}

/**
 * Draws a net: {@link getDotGraph}, laid out by Graphviz. Graphviz runs as WebAssembly; nothing needs to be installed.
 * In a picture, layers of the same name, type and tops share their arrows.
 *
 * A PNG has 96 dots per inch, or fewer if a side would exceed 32767 pixels. PNG text is drawn in a system font, so at
 * least one font must be installed.
 *
 * @returns the bytes of the file; SVG and DOT are UTF-8
 * @throws {CaffeError} ERR_CAFFE_FILE if the source cannot be read; ERR_CAFFE_PROTOTXT if it is not a net
 */
export async function drawNet(source: Source, drawOptions: DrawOptions = {}): Promise<Uint8Array> {
  const { format = 'png', ...options } = expectOptions(drawOptions, ['format', ...graphOptions]);
  if (!['svg', 'png', 'dot'].includes(format)) throw argumentError("'svg', 'png' or 'dot'", 'format', format);
  if (format === 'dot') return Buffer.from(getDotGraph(source, options));
  const svg = await toSvg(getDrawnGraph(source, options));
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
 * Draws a net to a file. The extension of the file selects the format: .svg, .png, or .dot (.gv, .raw) for the graph as
 * text. The write is atomic: the whole file appears, or nothing.
 *
 * @throws {RangeError} for any other extension
 * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be written
 * @throws the errors of {@link drawNet}
 */
export async function drawNetToFile(source: Source, file: string, options: GraphOptions = {}): Promise<void> {
  const format = formats[extname(expectString(file, 'file')).toLowerCase()];
  if (format === undefined) {
    throw new RangeError(`Expected a file that ends in ${Object.keys(formats).join(', ')} but received ${file}`);
  }
  writeFileAside(file, await drawNet(source, { ...expectOptions(options, graphOptions), format }));
}
