// A random net, exported with random options and run beside itself in Caffe.
import type { InferenceSession } from 'onnxruntime-node';
import { CaffeError, onnx, type Net } from 'tscaffe';
import { Random } from '../fuzz/random.js';
import { differences, forward, openSession, reshapeBatch, type Feeds, type Fill } from './compare.js';
import { shapeMistakes } from './declared-shapes.js';
import { randomNet } from './random-net.js';
import { sensitivity } from './sensitivity.js';
import { structureMistakes } from './structure.js';

type Options = Parameters<typeof onnx.fromNet>[1] & { outputs: string[] };

export interface Outcome {
  /** `sensitive`: different, but so are two right programs; `refused`: by an error of `fromNet`. */
  kind: 'same' | 'sensitive' | 'refused' | 'different';
  /** What was refused, also if it could be exported for a fixed batch then: `Type: why`. */
  refusals: string[];
  /** What differs. */
  what: string[];
  /** The types of the layers that were compared. */
  types: string[];
}

const tolerance = 1e-5;

/** What ONNX cannot say. Anything else must be exported. */
const refusable = [
  // Items that depend on each other, so that there is no net for any number of them.
  /; export the net without dynamicBatch$/,
  /^dynamicBatch: its inputs$/,
  /^(Scale|Bias): has a batch for another axis than the first$/,
  // Two blobs on the same memory, which a layer in place writes over.
  /: a layer above works in place on the memory of its top, which is an output$/,
  /: reads "…", which layer "…" has written over: it works in place on the same memory$/,
  /: writes over the learnable blob of layer "…" in place, anew in each forward$/,
  // Caffe divides by 0 there, or takes the place of an element that is not there.
  /^Pooling: has windows that lie outside of the image and its padding$/,
  /^Pooling: has windows outside of the image, of which ONNX has no mask$/,
];

function randomOptions(random: Random, { outputs, blobNames }: Net): Options {
  const blobs = blobNames.filter((name) => !/_split_\d+$/.test(name));
  const some = outputs.length === 0 || random.chance(0.2);
  return {
    ...(random.chance(0.6) ? { opset: 13 + random.int(6) } : {}),
    ...(random.chance(0.4) ? { dynamicBatch: true } : {}),
    outputs: some ? [...new Set([random.pick(blobs), random.pick(blobs)])] : [...outputs],
  };
}

/** The reasons of an error of `fromNet`. Any other error is thrown. */
function reasonsOf(error: unknown): string[] {
  if (error instanceof CaffeError && error.code === 'ERR_CAFFE_LAYER') {
    const lines = [...error.message.matchAll(/^ {2}.*\((\w+)\): (.*)$/gm)];
    return lines.map(([, type, reason]) => `${type}: ${reason.replaceAll(/"[^"]*"/g, '"…"')}`);
  }
  if (error instanceof RangeError && error.message.startsWith('dynamicBatch: ')) return ['dynamicBatch: its inputs'];
  throw error;
}

/** The export; without a dynamic batch where that is refused. */
function exported(net: Net, options: Options, refusals: string[]): Uint8Array | undefined {
  try {
    return onnx.fromNet(net, options);
  } catch (error) {
    refusals.push(...reasonsOf(error));
    if (options.dynamicBatch !== true) return undefined;
    options.dynamicBatch = false;
    return exported(net, options, refusals);
  }
}

/** A forward pass with another number of items, if Caffe can compute the net with so many. */
function forwardBatch(net: Net, fill: Fill, batch: number): Feeds | undefined {
  try {
    reshapeBatch(net, batch);
    return forward(net, fill);
  } catch (error) {
    if (error instanceof CaffeError) return undefined;
    throw error;
  }
}

class Case {
  readonly outcome: Outcome = { kind: 'same', refusals: [], what: [], types: [] };
  readonly #random: Random;
  readonly #net: Net;
  readonly #fill: Fill;
  readonly #options: Options;

  constructor(random: Random) {
    this.#random = random;
    const { net, fill } = randomNet(random);
    [this.#net, this.#fill] = [net, fill];
    this.#options = randomOptions(random, net);
  }

  async run(): Promise<Outcome> {
    using net = this.#net;
    const model = exported(net, this.#options, this.outcome.refusals);
    if (model === undefined) this.outcome.kind = 'refused';
    for (const refusal of this.outcome.refusals)
      if (!refusable.some((pattern) => pattern.test(refusal))) this.#differs(`refused: ${refusal}`);
    if (model === undefined) return this.outcome;
    this.outcome.types = net.layers.map(({ type }) => type);
    const mistakes = [...structureMistakes(model), ...(await shapeMistakes(model, forward(net, this.#fill)))];
    for (const mistake of mistakes) this.#differs(mistake);
    const graphOptimizationLevel = this.#random.pick(['all', 'disabled'] as const);
    const session = await openSession(model, { graphOptimizationLevel });
    try {
      await this.#compare(session, forward(net, this.#fill));
      if (this.#options.dynamicBatch !== true) return this.outcome;
      const feeds = forwardBatch(net, this.#fill, 1 + this.#random.int(5));
      if (feeds !== undefined) await this.#compare(session, feeds);
    } finally {
      await session.release();
    }
    return this.outcome;
  }

  #differs(what: string): void {
    this.outcome.kind = 'different';
    this.outcome.what.push(what);
  }

  async #compare(session: InferenceSession, feeds: Feeds): Promise<void> {
    const { outputs } = this.#options;
    const found = Object.entries(await differences(this.#net, session, feeds, outputs));
    for (const [name, difference] of found) {
      if (difference <= tolerance) continue;
      const moves = sensitivity(this.#net, feeds, name, this.#random);
      if (moves <= tolerance / 4) this.#differs(`"${name}" differs by ${difference}`);
      else if (this.outcome.kind === 'same') this.outcome.kind = 'sensitive';
    }
  }
}

/** A seed determines the net, its weights, its inputs and how it is exported. */
export async function randomCase(seed: number): Promise<Outcome> {
  const current = new Case(new Random(seed));
  try {
    return await current.run();
  } catch (error) {
    // Of onnxruntime, which cannot read or run the model, or of a shape that is not the blob's.
    return { ...current.outcome, kind: 'different', what: [String(error)] };
  }
}
