import {
  argumentError,
  didYouMean,
  expectBoolean,
  expectInteger,
  expectOptions,
  expectString,
  expectStrings,
} from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { writeFileAside } from '../file/aside.js';
import { Transformer } from '../io/transformer.js';
import { Net } from '../net/net.js';
import { ConvertedNet } from './converted-net.js';
import { encodeModel } from './encode.js';

/** The options of {@link fromNet}. */
export interface OnnxOptions {
  /** The version of ONNX's operators, from 13 to 18. The default is 13, which old readers know too. */
  opset?: number;
  /** The name of the model's graph. It is the net's own name by default, or `'net'` if it has none. */
  name?: string;
  /**
   * Whether the model takes any number of items. The first axis of its inputs and outputs is then called `N`. By
   * default the model takes as many items as the net has now.
   */
  dynamicBatch?: boolean;
  /** The blobs that the model computes. Layers that they do not need are left out. `net.outputs` by default. */
  outputs?: string[];
  /**
   * Makes the model take images. Each input that the transformer has takes N images as {@link io.loadImage} gives them,
   * and the first nodes do what `transformer.preprocess` does, but for the resize: the images have the size of the net.
   */
  transformer?: Transformer;
}

/** The names of {@link OnnxOptions}. */
const onnxOptions = ['opset', 'name', 'dynamicBatch', 'outputs', 'transformer'] as const;

const oldestOpset = 13;
const newestOpset = 18;

function expectBlobs(net: Net, names: readonly string[]): readonly string[] {
  for (const name of expectStrings(names, 'outputs')) {
    if (net.blobNames.includes(name)) continue;
    const near = didYouMean(name, net.blobNames) || `; it has (${net.blobNames.join(', ')})`;
    throw new RangeError(`outputs: the net has no blob "${name}"${near}`);
  }
  return [...new Set(names)];
}

function expectTransformer(net: Net, transformer: Transformer): void {
  if (!(transformer instanceof Transformer)) throw argumentError('an io.Transformer', 'transformer', transformer);
  const inputs = net.layers.filter(({ bottom }) => bottom.length === 0).flatMap(({ top }) => top);
  for (const input of Object.keys(transformer.inputs)) {
    if (inputs.includes(input)) continue;
    throw new RangeError(`transformer: the net has no input "${input}"; it has (${inputs.join(', ')})`);
  }
}

/** After an input was reshaped, the blobs above it have their shapes from before until the next forward. */
function settleShapes(net: Net): void {
  try {
    net.reshape();
  } catch (error) {
    // Within a layer's callback they are those of the forward that runs. A net that runs elsewhere is refused below.
    if (!(error instanceof CaffeError && error.code === 'ERR_CAFFE_BUSY')) throw error;
  }
}

/**
 * Converts a net with its weights to ONNX, the format that onnxruntime and most other engines read. The model computes
 * what the net's forward computes, in float32. docs/onnx.md says what differs.
 *
 * Its inputs are the tops of the net's data layers (Input, Data, MemoryData, a data layer in TypeScript), as far as
 * they are needed, under the names of the blobs and with their shapes. Its outputs also have the names of the blobs.
 *
 * The weights are copied; the net may train on. The net is reshaped first, as forward does.
 *
 * @param net - a net in the test phase
 * @returns the bytes of a ModelProto
 * @throws {TypeError | RangeError} for a net in the train phase, an output that the net does not have, an opset out of
 * range
 * @throws {CaffeError} ERR_CAFFE_LAYER that lists all layers which ONNX cannot express, each with its line;
 * ERR_CAFFE_TOO_LARGE for more than 2 GB, the limit of the format; ERR_CAFFE_BUSY; ERR_CAFFE_DISPOSED
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { Net, onnx } from 'tscaffe';
 *
 * const net = new Net('deploy.prototxt', 'test', { weights: 'lenet.caffemodel' });
 * writeFileSync('lenet.onnx', onnx.fromNet(net, { dynamicBatch: true }));
 * ```
 */
export function fromNet(net: Net, options: OnnxOptions = {}): Uint8Array {
  if (!(net instanceof Net)) throw argumentError('a Net', 'net', net);
  const given = expectOptions(options, onnxOptions);
  const { opset = oldestOpset, name = net.name || 'net', dynamicBatch = false, transformer } = given;
  expectInteger(opset, 'opset', oldestOpset, newestOpset);
  if (expectString(name, 'name') === '') throw new RangeError('Expected a name that is not empty for name');
  expectBoolean(dynamicBatch, 'dynamicBatch');
  if (transformer !== undefined) expectTransformer(net, transformer);
  const outputs = given.outputs === undefined ? net.outputs : expectBlobs(net, given.outputs);
  if (outputs.length === 0) {
    const has = `the net has (${net.blobNames.join(', ')})`;
    throw new RangeError(`Expected at least one blob in outputs, or a net with outputs of its own; ${has}`);
  }
  settleShapes(net);
  const { graph, batchSize } = new ConvertedNet(net, { outputs, opset, dynamicBatch, transformer });
  return encodeModel(graph, name, batchSize);
}

/**
 * Writes {@link fromNet} to a file. The write is atomic: the whole file appears, or nothing.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be written
 * @throws the errors of {@link fromNet}
 */
export function save(net: Net, path: string, options: OnnxOptions = {}): void {
  expectString(path, 'path');
  writeFileAside(path, fromNet(net, options));
}
