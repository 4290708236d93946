// Pieces of the nets in these tests.
import { Net, setRandomSeed } from 'tscaffe';

export const layer = (name: string, rest: string): string => `layer { name: "${name}" ${rest} }`;
export const input = (shapes = 'shape { dim: 4 dim: 3 } shape { dim: 4 }'): string =>
  layer('data', `type: "Input" top: "data" top: "label" input_param { ${shapes} }`);
export const product = (name: string, bottom: string, rest = ''): string =>
  layer(
    name,
    `type: "InnerProduct" bottom: "${bottom}" top: "${name}" ${rest}
     inner_product_param { num_output: 2 weight_filler { type: "gaussian" std: 0.5 } bias_filler { type: "constant" value: 1 } }`,
  );
export const softmaxLoss = (rest = '', bottom = 'ip'): string =>
  layer('loss', `type: "SoftmaxWithLoss" bottom: "${bottom}" bottom: "label" top: "loss" ${rest}`);

export const x = Array.from({ length: 12 }, (_, i) => Math.cos(i));
export const values = { data: x, label: [0, 1, 1, 0] };
export const asum = (array: Float32Array): number => array.reduce((sum, each) => sum + Math.abs(each), 0);

/** The same weights each time. */
export function seeded(text: string): Net {
  setRandomSeed(1701);
  return new Net({ text }, 'train');
}

export const euclidean = layer('loss', 'type: "EuclideanLoss" bottom: "one" bottom: "two" top: "loss"');

export const close = (a: readonly number[], b: readonly number[], margin: number): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= margin);
