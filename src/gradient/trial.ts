import { Blob } from '../blob/blob.js';
import { fill, type FillerParameter } from '../blob/fill.js';
import { setRandomSeed } from '../caffe/state.js';
import { argumentError, expectList, expectObject, expectValues } from '../error/argument.js';
import { createLayer, type CaffeLayer, type LayerDescription } from '../layer/caffe-layer.js';

/**
 * A blob to check with. One of:
 * - a shape: the blob is filled with normally distributed numbers (mean 0, standard deviation 1);
 * - a blob: its shape and its data are copied;
 * - a shape with values, or with a filler.
 */
export type BlobSource =
  | readonly number[]
  | Blob
  | { shape: readonly number[]; data: ArrayLike<number> }
  | { shape: readonly number[]; filler: FillerParameter };

const gaussian: FillerParameter = { type: 'gaussian' };

function setData(blob: Blob, data: ArrayLike<number>, name: string): void {
  if (expectValues(data, name).length !== blob.count) {
    throw new RangeError(
      `Expected ${blob.count} values for ${name}, whose shape is (${blob.shape.join(', ')}), ` +
        `but received ${data.length}`,
    );
  }
  blob.data.set(data);
}

/** Gives a blob values, from a filler or an array. */
function setValues(blob: Blob, values: FillerParameter | ArrayLike<number>, name: string): void {
  expectObject(values, name, 'values or a filler');
  if ('length' in values) setData(blob, values, name);
  else if (blob.count > 0) fill(blob, values);
}

function makeBlob(source: BlobSource, name: string): Blob {
  if (source instanceof Blob) {
    const copy = new Blob(...source.shape);
    setData(copy, source.cpuData, name);
    return copy;
  }
  const described = Array.isArray(source) ? { shape: source as number[], filler: gaussian } : source;
  if (typeof described !== 'object' || (described as unknown) === null || !('shape' in described)) {
    throw argumentError('a shape, a Blob, or { shape, data } or { shape, filler }', name, described);
  }
  const blob = new Blob(...expectList(described.shape, `the shape of ${name}`, 'an array of sizes'));
  setValues(blob, 'data' in described ? described.data : described.filler, name);
  return blob;
}

export interface TrialOptions {
  bottoms: readonly BlobSource[];
  tops: number | undefined;
  params: readonly (FillerParameter | ArrayLike<number> | undefined)[];
  phase: 'train' | 'test';
  seed: number;
}

/**
 * The diffs before a backward: those of each top, and one value for all elements of the bottoms and of the learnable
 * blobs.
 */
export interface BackwardStart {
  top: readonly Float32Array[];
  bottom: number;
  params: number;
}

/** The diffs after a backward. They are copies. */
export interface Gradients {
  bottom: Float32Array[];
  params: Float32Array[];
}

/** A layer with its own blobs. Each forward starts from the same values and random numbers. */
export class Trial {
  readonly layer: CaffeLayer;
  readonly bottom: readonly Blob[];
  readonly top: readonly Blob[];
  readonly params: readonly Blob[];
  /** The data of the bottoms before each forward. Change it to see the effect. */
  readonly bottomValues: readonly Float32Array[];
  /** The data of the learnable blobs before each forward. Change it to see the effect. */
  readonly paramValues: readonly Float32Array[];
  /** The diffs of the tops after setup: loss weights, or 0. */
  readonly topWeights: readonly Float32Array[];
  readonly #seed: number;
  forwards = 0;
  backwards = 0;

  constructor(description: LayerDescription, { bottoms, tops, params, phase, seed }: TrialOptions) {
    this.#seed = seed;
    setRandomSeed(seed);
    this.bottom = bottoms.map((source, index) => makeBlob(source, `bottoms[${index}]`));
    this.layer = createLayer(description, phase);
    const topCount = tops ?? this.layer.exactNumTopBlobs ?? Math.max(1, this.layer.minTopBlobs ?? 1);
    this.top = Array.from({ length: topCount }, () => new Blob());
    this.layer.setup(this.bottom, this.top);
    this.params = this.layer.blobs;
    params.forEach((values, index) => {
      const blob = this.params[index];
      if (values === undefined) return;
      if (blob === undefined)
        throw new RangeError(`params[${index}]: the layer has ${this.params.length} learnable blobs`);
      setValues(blob, values, `params[${index}]`);
    });
    this.bottomValues = this.bottom.map((blob) => blob.cpuData.slice());
    this.paramValues = this.params.map((blob) => blob.cpuData.slice());
    this.topWeights = this.top.map((blob) => blob.cpuDiff.slice());
  }

  /** Writes the diffs of the tops. Tops without an entry keep their diffs, which are the loss weights. */
  writeTopDiffs(diffs: readonly Float32Array[]): void {
    this.top.forEach((blob, index) => {
      blob.diff.set(diffs[index] ?? []);
    });
  }

  /**
   * Computes the tops. If `before` is given, the tops are first filled with it. The tops are written before the
   * bottoms, because in some layers (Reshape, Split) both share one memory.
   *
   * @returns the weighted loss
   */
  forward(before?: number): number {
    if (before !== undefined) for (const blob of this.top) blob.data.fill(before);
    this.bottom.forEach((blob, index) => {
      blob.data.set(this.bottomValues[index] ?? []);
    });
    this.params.forEach((blob, index) => {
      blob.data.set(this.paramValues[index] ?? []);
    });
    setRandomSeed(this.#seed);
    this.forwards += 1;
    return this.layer.forward(this.bottom, this.top);
  }

  /**
   * Runs a forward, then computes the gradients. The diffs of the bottoms are written before the forward: HingeLoss
   * keeps there what its backward needs.
   *
   * @returns the gradients just before and just after the backward
   */
  backward(asked: readonly boolean[], start: BackwardStart): { before: Gradients; after: Gradients } {
    for (const blob of this.bottom) blob.diff.fill(start.bottom);
    for (const blob of this.params) blob.diff.fill(start.params);
    this.forward();
    this.writeTopDiffs(start.top);
    const before = this.gradients();
    this.backwards += 1;
    this.layer.backward(this.top, asked, this.bottom);
    return { before, after: this.gradients() };
  }

  gradients(): Gradients {
    return {
      bottom: this.bottom.map((blob) => blob.cpuDiff.slice()),
      params: this.params.map((blob) => blob.cpuDiff.slice()),
    };
  }

  dispose(): void {
    this.layer.dispose();
  }
}
