import type { NdArray } from '../io/nd-array.js';
import type { Net } from '../net/net.js';

/** The arrays of images one after the other, as an input blob has them. */
export function stack(images: readonly NdArray[]): Float32Array {
  const stacked = new Float32Array(images.reduce((sum, { data }) => sum + data.length, 0));
  let offset = 0;
  for (const { data } of images) {
    stacked.set(data, offset);
    offset += data.length;
  }
  return stacked;
}

function shaped(net: Net, outputs: Record<string, Float32Array>, items: number): NdArray {
  const [name] = net.outputs;
  if (name === undefined) throw new RangeError('Expected a net with an output but all its blobs are consumed');
  return { data: outputs[name] ?? new Float32Array(), shape: [items, ...(net.blobs[name]?.shape.slice(1) ?? [])] };
}

/** The first output of a net for any number of images, K·H·W each. */
export function firstOutput(net: Net, input: string, images: readonly NdArray[]): NdArray {
  return shaped(net, net.forwardAll({ [input]: stack(images) }), images.length);
}

/** As {@link firstOutput}, with the net on Caffe's own thread. */
export async function firstOutputAsync(net: Net, input: string, images: readonly NdArray[]): Promise<NdArray> {
  return shaped(net, await net.forwardAllAsync({ [input]: stack(images) }), images.length);
}
