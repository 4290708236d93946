import type { Net } from 'tscaffe';
import type { Random } from '../fuzz/random.js';

/** Where two nets differ most, relative to the largest value of the array. */
export interface Difference {
  where: string;
  relative: number;
}

export function fill(values: Float32Array, r: Random): void {
  for (let i = 0; i < values.length; i++) values[i] = r.int(20001) / 10000 - 1;
}

const largestOf = (values: Float32Array): number =>
  values.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);

/** @param scale - what the values are compared with, if it is larger than each of them */
export function differenceOf(where: string, expected: Float32Array, actual: Float32Array, scale = 0): Difference {
  const largest = Math.max(scale, largestOf(expected));
  let difference = 0;
  expected.forEach((value, i) => {
    const other = actual[i] ?? NaN;
    if (!Object.is(value, other)) difference = Math.max(difference, Math.abs(value - other));
  });
  return { where, relative: difference === 0 ? 0 : difference / largest };
}

/** The same numbers in both nets: learnable blobs, inputs, and the gradients of the outputs. */
function fillAlike(stock: Net, served: Net, r: Random, name: 'data' | 'diff', blobs: readonly string[]): void {
  for (const blob of blobs) {
    fill(stock.blobs[blob][name], r);
    served.blobs[blob][name].set(stock.blobs[blob][name]);
  }
}

export function fillParams(net: Net, r: Random): void {
  for (const { type, blobs } of net.layers) {
    blobs.forEach(({ data }, i) => {
      fill(data, r);
      // Sums of variances, and their weight.
      if (type === 'BatchNorm' && i > 0) data.forEach((value, j) => (data[j] = Math.abs(value) + 0.5));
    });
  }
}

function copyParams(from: Net, to: Net): void {
  for (const { index, blobs } of from.layers) {
    blobs.forEach(({ data }, i) => {
      to.layers[index].blobs[i].data.set(data);
    });
  }
}

/**
 * Runs two nets forward and backward on the same numbers, twice, so that gradients add up. Arrays are taken of no blob
 * between the layers before the end: what JavaScript sees would stay in Caffe's layout.
 */
export function largestDifference(stock: Net, served: Net, r: Random): Difference {
  for (let i = 0; i < 2; i++) {
    fillParams(stock, r);
    copyParams(stock, served);
    fillAlike(stock, served, r, 'data', stock.inputs);
    stock.forward();
    served.forward();
    fillAlike(stock, served, r, 'diff', stock.outputs);
    stock.backward();
    served.backward();
  }
  const differences = stock.blobNames.flatMap((blob) =>
    (['data', 'diff'] as const).map((name) =>
      differenceOf(`${blob}.${name}`, stock.blobs[blob][name], served.blobs[blob][name]),
    ),
  );
  // The terms of a weight's gradient may all but cancel.
  const gradients = Math.max(...stock.blobNames.map((blob) => largestOf(stock.blobs[blob].diff)));
  for (const { index, name, blobs } of stock.layers) {
    blobs.forEach((blob, i) => {
      const other = served.layers[index].blobs[i];
      differences.push(differenceOf(`${name}.blobs[${i}].data`, blob.data, other.data));
      differences.push(differenceOf(`${name}.blobs[${i}].diff`, blob.diff, other.diff, gradients));
    });
  }
  return differences.reduce((a, b) => (b.relative > a.relative ? b : a));
}
