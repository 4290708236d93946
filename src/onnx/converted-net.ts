import { CaffeError } from '../error/caffe-error.js';
import type { Transformer } from '../io/transformer.js';
import type { Net } from '../net/net.js';
import type { NetLayer } from '../net/structure.js';
import { placeOf } from '../proto/blame.js';
import { decodeMessage, type caffe } from '../proto/schema.js';
import { count, NotInOnnx, testPhase, type Conversion } from './conversion.js';
import { converters } from './converters.js';
import { Graph, type Shape, type Value } from './graph.js';
import { LearnableBlobs } from './learnable-blobs.js';
import { neededLayers } from './needed-layers.js';
import { addImages, takesImages } from './preprocessing.js';
import { SharedMemory } from './shared-memory.js';

/** A layer that cannot be converted, and why. */
interface Refusal {
  readonly layer: NetLayer;
  readonly reason: string;
}

function paramOf(net: Net, { index }: NetLayer): caffe.LayerParameter {
  return decodeMessage('LayerParameter', net.native.layerParameter(index));
}

/** What stands for the top of a layer that cannot be converted. */
const unknown = (shape: Shape): Value => ({ name: '', shape, type: 'float', batch: false });

function refuseTrainPhase(): never {
  throw new RangeError(
    'Expected a net in the test phase but received one in the train phase, whose Dropout and BatchNorm layers depend on ' +
      "the batch. Build it again with new Net(source, 'test'), then call shareWith(net) on that to give it the weights",
  );
}

/** What a {@link ConvertedNet} is to compute. */
export interface ConversionOptions {
  readonly outputs: readonly string[];
  readonly opset: number;
  readonly dynamicBatch: boolean;
  readonly transformer: Transformer | undefined;
}

/** A graph that computes some blobs of a net. */
export class ConvertedNet {
  readonly graph: Graph;
  readonly #net: Net;
  readonly #outputs: readonly string[];
  readonly #dynamicBatch: boolean;
  readonly #transformer: Transformer | undefined;
  readonly #learnable: LearnableBlobs;
  readonly #memory = new SharedMemory();
  /** What each blob is after the layers so far, in the order in which they came. */
  readonly #values = new Map<string, Value>();
  readonly #refusals: Refusal[] = [];

  /** @throws {CaffeError} ERR_CAFFE_LAYER with all layers that cannot be converted */
  constructor(net: Net, { outputs, opset, dynamicBatch, transformer }: ConversionOptions) {
    this.graph = new Graph(opset);
    this.#net = net;
    this.#outputs = outputs;
    this.#dynamicBatch = dynamicBatch;
    this.#transformer = transformer;
    this.#learnable = new LearnableBlobs(net, this.graph);
    for (const name of net.blobNames) this.graph.nameFor(name); // no other value may have it
    const needed = new Map(neededLayers(net, outputs).map((layer) => [layer, paramOf(net, layer)]));
    if (![...needed.values()].some(({ phase }) => phase === testPhase)) refuseTrainPhase();
    for (const layer of net.layers) {
      const param = needed.get(layer);
      if (param !== undefined) this.#convert(layer, param);
      this.#memory.follow(layer, (blob) => this.#shapeOf(blob));
    }
    this.#expectAllConverted();
    this.#nameOutputs();
    this.graph.prune();
  }

  /** How many items the net has, if the model takes any number of them. */
  get batchSize(): number | undefined {
    return this.#dynamicBatch ? this.graph.inputs[0]?.shape[0] : undefined;
  }

  #shapeOf(blob: string): Shape {
    return this.#net.blobs[blob]?.shape ?? [];
  }

  #valueOf(blob: string): Value {
    return this.#values.get(blob) ?? unknown(this.#shapeOf(blob));
  }

  #convert(layer: NetLayer, param: caffe.LayerParameter): void {
    this.graph.scope = layer.name;
    let values: readonly Value[];
    try {
      values = this.#valuesOf(layer, param);
    } catch (error) {
      if (!(error instanceof NotInOnnx)) throw error;
      this.#refusals.push({ layer, reason: error.message });
      // So that the layers above can be looked at too.
      values = layer.top.map((blob) => unknown(this.#shapeOf(blob)));
    }
    values.forEach((value, i) => this.#values.set(layer.top[i] ?? '', value));
  }

  #valuesOf(layer: NetLayer, param: caffe.LayerParameter): readonly Value[] {
    const { type, top, bottom, layer: script } = layer;
    const shapes = top.map((blob) => this.#shapeOf(blob));
    if (top.includes('')) throw new NotInOnnx('has a top without a name');
    this.#memory.expectIntact(layer);
    const convert = script === undefined && Object.hasOwn(converters, type) ? converters[type] : undefined;
    const isInput = bottom.length === 0 && convert === undefined;
    if (script !== undefined && !isInput) throw new NotInOnnx('is written in TypeScript');
    if (convert === undefined && !isInput) throw new NotInOnnx(`has no counterpart in ONNX (${type})`);
    if (shapes.some((shape) => count(shape) === 0)) throw new NotInOnnx('has an empty top');
    if (convert === undefined) return top.map((blob) => this.#input(blob));
    const conversion: Conversion = {
      graph: this.graph,
      type,
      param,
      bottom: bottom.map((blob) => this.#valueOf(blob)) as [Value, ...Value[]],
      top: shapes as [Shape, ...Shape[]],
      blob: (index, shape) => this.#learnable.constant(layer, index, shape),
      values: (index) => layer.blobs[index]?.data ?? new Float32Array(),
    };
    return convert(conversion);
  }

  #input(blob: string): Value {
    const shape = this.#shapeOf(blob);
    if (this.#dynamicBatch) this.#expectBatch(blob, shape);
    if (takesImages(this.#transformer, blob))
      return addImages(this.graph, this.#transformer, blob, shape, this.#dynamicBatch);
    return this.graph.input(blob, shape, this.#dynamicBatch);
  }

  #expectBatch(blob: string, shape: Shape): void {
    const [first] = this.graph.inputs;
    const items = first?.shape[0] ?? shape[0];
    if (shape.length > 0 && shape[0] === items) return;
    const has = `"${blob}" is (${shape.join(', ')})`;
    const others = first === undefined ? '' : `, and "${first.name}" (${first.shape.join(', ')})`;
    throw new RangeError(`dynamicBatch: expected inputs whose first axis is the same batch, but ${has}${others}`);
  }

  #expectAllConverted(): void {
    for (const layer of this.#net.layers) {
      if (layer.top.some((blob) => this.#outputs.includes(blob) && !this.#memory.isIntact(blob))) {
        this.#refusals.push({
          layer,
          reason: 'a layer above works in place on the memory of its top, which is an output',
        });
      }
    }
    if (this.#refusals.length === 0) return;
    const lines = this.#refusals.map(({ layer, reason }) => `  ${this.#describe(layer)}: ${reason}`);
    const what =
      lines.length === 1 ? 'a layer that ONNX cannot express' : `${lines.length} layers that ONNX cannot express`;
    throw new CaffeError('ERR_CAFFE_LAYER', `${what}:\n${lines.join('\n')}${this.#advice()}`);
  }

  #describe({ name, type, index }: NetLayer): string {
    const { file, line } = placeOf(this.#net.native, name) ?? {};
    const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `;
    return `${place}net.layer[${index}] "${name}" (${type})`;
  }

  /** The blobs right below those layers that none of those layers is needed for. */
  #advice(): string {
    const refused = new Set(this.#refusals.map(({ layer }) => layer));
    const inputs = new Set(this.graph.inputs);
    const below = [...refused].flatMap(({ bottom }) =>
      bottom.flatMap((blob) => {
        const value = this.#values.get(blob);
        return value === undefined || inputs.has(value) ? [] : [this.#blobOf(value) ?? blob];
      }),
    );
    const blobs = [...new Set(below)].filter(
      (blob) => !neededLayers(this.#net, [blob]).some((one) => refused.has(one)),
    );
    return blobs.length === 0 ? '' : `\nTo export what is below, name it: { outputs: ${JSON.stringify(blobs)} }`;
  }

  /** The first blob that has a value. Others are names of Caffe's own for it, or copies. */
  #blobOf(value: Value): string | undefined {
    return [...this.#values].find(([, other]) => other === value)?.[0];
  }

  /** Gives the values the names of their blobs. In-place layers have left the last one; those before keep their own. */
  #nameOutputs(): void {
    const named = new Set<Value>(this.graph.inputs);
    for (const [blob, value] of this.#values) {
      if (!named.has(value) && !this.graph.inputs.some(({ name }) => name === blob)) value.name = blob;
      named.add(value);
    }
    this.graph.outputs = this.#outputs.map((blob) => this.#outputOf(blob, this.#valueOf(blob)));
  }

  /** An output is the result of a node, and has the name of its blob; a Dropout, say, has neither. */
  #outputOf(blob: string, value: Value): Value {
    if (value.name === blob && !this.graph.inputs.includes(value)) return value;
    this.graph.scope = blob;
    const output = this.graph.op('Identity', [value], value.shape);
    // An input that a layer works on in place keeps its name: two values cannot share it.
    if (!this.graph.inputs.some(({ name }) => name === blob)) output.name = blob;
    return output;
  }
}
