import type { InspectOptionsStylized } from 'node:util';
import { readable, shapeText, word, wrapped, type Word } from './words.js';

interface Shaped {
  readonly shape: readonly number[];
}

interface ReadableLayer {
  readonly name: string;
  readonly type: string;
  readonly bottom: readonly string[];
  readonly top: readonly string[];
  readonly blobs: readonly Shaped[];
}

/** What {@link netText} prints. */
interface ReadableNet {
  readonly name: string;
  readonly layers: readonly ReadableLayer[];
  readonly blobs: Readonly<Record<string, Shaped>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const mostLayers = 100;

/** Names with the shapes of what they name, where these are known; a comma after each but the last. */
function listed(
  items: readonly { name?: string; shape?: readonly number[] | undefined }[],
  options: InspectOptionsStylized,
): Word[] {
  return items.map(({ name, shape }, i) => {
    const end = i < items.length - 1 ? ',' : '';
    const parts = [...(name === undefined ? [] : [name]), ...(shape === undefined ? [] : [shapeText(shape)])];
    const styled = shape === undefined ? parts : [...parts.slice(0, -1), options.stylize(shapeText(shape), 'number')];
    return { text: parts.join(' ') + end, styled: styled.join(' ') + end };
  });
}

/** `conv1 Convolution data -> conv1 64×20×24×24 learns 20×1×5×5, 20`, the first two in columns. */
function layerWords(net: ReadableNet, layer: ReadableLayer, widths: Widths, options: InspectOptionsStylized): Word[] {
  const { name, type, bottom, top } = layer;
  const tops = top.map((blob) => ({ name: blob, shape: readable(() => net.blobs[blob]?.shape) }));
  const learnt = readable(() => layer.blobs.map(({ shape }) => ({ shape }))) ?? [];
  return [
    word(`  ${name.padEnd(widths.name)}`, options),
    word(type.padEnd(widths.type), options, 'special'),
    ...listed(bottom.map(nameOnly), options),
    word('->', options),
    ...listed(tops, options),
    ...(learnt.length > 0 ? [word('learns', options), ...listed(learnt, options)] : []),
  ];
}

function nameOnly(name: string): { name: string } {
  return { name };
}

interface Widths {
  name: number;
  type: number;
}

function titleOf({ name }: { readonly name: string }): string {
  return name === '' ? 'Net' : `Net ${name}`;
}

function namesLine(title: string, names: readonly string[], options: InspectOptionsStylized): string[] {
  if (names.length === 0) return [];
  return [wrapped([word(`  ${title}`, options), ...listed(names.map(nameOnly), options)], options)];
}

/** A net for `console.log`: a line for each layer, with the shapes of its tops and of its learnable blobs. */
export function netText(net: ReadableNet, depth: number, options: InspectOptionsStylized): string {
  if (depth < 0) return options.stylize(`[${titleOf(net)}]`, 'special');
  const { layers, inputs, outputs } = net;
  const shown = layers.slice(0, options.maxArrayLength ?? mostLayers);
  const longest = (texts: string[]): number => Math.max(0, ...texts.map(({ length }) => length));
  const widths = { name: longest(shown.map(({ name }) => name)), type: longest(shown.map(({ type }) => type)) };
  const more = layers.length - shown.length;
  return [
    `${titleOf(net)} {`,
    ...shown.map((layer) => wrapped(layerWords(net, layer, widths, options), options)),
    ...(more > 0 ? [`  ... ${more} more layer${more === 1 ? '' : 's'}`] : []),
    ...namesLine('inputs:', inputs, options),
    ...namesLine('outputs:', outputs, options),
    '}',
  ].join('\n');
}
