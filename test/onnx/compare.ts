// Runs a net in Caffe and its export in onnxruntime, on the same inputs.
import assert from 'node:assert/strict';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Net, NetLayer } from 'tscaffe';
import type { Random } from '../fuzz/random.js';

/** Writes the values of an input. */
export type Fill = (input: string, data: Float32Array) => void;

/** Numbers of N(0, 1). */
export const normal =
  (random: Random): Fill =>
  (_, data) => {
    for (let i = 0; i < data.length; i++) data[i] = random.gaussian();
  };

/** onnxruntime on one core of the processor. Release it. */
export async function openSession(
  model: Uint8Array,
  options: InferenceSession.SessionOptions = {},
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...options,
  });
}

/** Gives the inputs of a net another number of items. */
export function reshapeBatch(net: Net, batch: number): void {
  for (const name of net.inputs) {
    const { shape } = net.blobs[name];
    net.blobs[name].reshape(batch, ...shape.slice(1));
  }
  net.reshape();
}

/** What a model takes. */
export type Feeds = Record<string, Tensor>;

/** A forward pass that calls `f` with each top of each layer, as soon as it is there. */
export function forwardWith(net: Net, f: (layer: NetLayer, blob: string, data: Float32Array) => void): void {
  const listening = net.afterForward((_, index) => {
    const layer = net.layers[index];
    for (const blob of layer.top) f(layer, blob, net.blobs[blob].data);
  });
  try {
    net.forward();
  } finally {
    listening();
  }
}

/**
 * A forward pass of the net.
 *
 * @returns the tops of the layers without bottoms, before a layer in place wrote over them
 */
export function forward(net: Net, fill: Fill): Feeds {
  const feeds: Feeds = {};
  for (const name of net.inputs) fill(name, net.blobs[name].data);
  forwardWith(net, ({ bottom }, blob, data) => {
    if (bottom.length === 0) feeds[blob] = new Tensor('float32', data.slice(), net.blobs[blob].shape);
  });
  return feeds;
}

/** Runs a model on those of the feeds that it takes. */
export async function run(session: InferenceSession, feeds: Feeds): Promise<InferenceSession.ReturnType> {
  for (const name of session.inputNames) assert.ok(name in feeds, `the model's input "${name}" is no input of the net`);
  return session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
}

/** The largest difference relative to the largest of the right values; Infinity for NaN or infinity in one only. */
export function largestDifference(actual: Float32Array, right: Float32Array): number {
  let largest = 0;
  let difference = 0;
  for (const [i, value] of right.entries()) {
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
    if (!Object.is(value, actual[i]) && value !== actual[i]) {
      const distance = Math.abs(value - actual[i]);
      difference = Math.max(difference, Number.isNaN(distance) ? Infinity : distance);
    }
  }
  return difference === 0 ? 0 : difference / largest;
}

/**
 * Compares the results of a net's last forward with those of its export.
 *
 * @param feeds - what {@link forward} has returned
 * @param outputs - the blobs that were exported
 * @returns for each of them the largest difference, relative to the largest of Caffe's values
 * @throws {AssertionError} if an output has another name, type or shape than its blob
 */
export async function differences(
  net: Net,
  session: InferenceSession,
  feeds: Feeds,
  outputs: readonly string[] = net.outputs,
): Promise<Record<string, number>> {
  const results = await run(session, feeds);
  // The name of an input is taken, also if a layer in place makes an output of it.
  const names = session.outputNames.map((name, i) => (session.inputNames.includes(outputs[i]) ? outputs[i] : name));
  assert.deepEqual(names, outputs, 'the names of the outputs');
  return Object.fromEntries(
    session.outputNames.map((name, i) => {
      const { data, dims, type } = results[name];
      const blob = net.blobs[outputs[i]];
      assert.equal(type, 'float32', `the type of output "${name}"`);
      assert.deepEqual([...dims], blob.shape, `the shape of output "${name}"`);
      return [outputs[i], largestDifference(data as Float32Array, blob.data)];
    }),
  );
}
