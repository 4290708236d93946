import type { ParamSpec } from '../../typings/generated/layers.js';
import { Blob } from '../blob/blob.js';
import { fill, type FillerParameter } from '../blob/fill.js';
import { expectList, expectOptions } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { encodeMessage } from '../proto/schema.js';

export interface LearnableBlobOptions {
  /** How Caffe fills it to begin with; without one it begins with zeros. */
  filler?: FillerParameter;
  /** What the net's learning rate and weight decay are multiplied by, unless the prototxt says: 1 by default. */
  lrMult?: number;
  decayMult?: number;
}

/** A layer, as far as its learnable blobs go. */
interface LearningLayer {
  readonly name: string;
  readonly blobs: Blob[];
}

interface Setup {
  added: number;
  specs: ParamSpec[];
}

/** The layers that are being set up. */
const setups = new WeakMap<LearningLayer, Setup>();

export function beginSetup(layer: LearningLayer): void {
  setups.set(layer, { added: 0, specs: [] });
}

/** Ends it. @returns a LayerParameter with the `param` that `addBlob` gave, if it gave any */
export function endSetup(layer: LearningLayer): Uint8Array | undefined {
  const { specs } = setups.get(layer) ?? { specs: [] };
  setups.delete(layer);
  return specs.some((spec) => Object.keys(spec).length > 0)
    ? encodeMessage('LayerParameter', { param: specs })
    : undefined;
}

/** See {@link Layer.addBlob}. */
export function addBlob(layer: LearningLayer, shape: readonly number[], options: LearnableBlobOptions): Blob {
  const setup = setups.get(layer);
  const where = `layer "${layer.name}": addBlob`;
  if (setup === undefined) throw new CaffeError('ERR_CAFFE_LAYER', `${where} may only be called in setup`);
  const { filler, lrMult, decayMult } = expectOptions(options);
  expectList(shape, 'shape', 'an array of sizes');
  const index = setup.added++;
  setup.specs[index] = { ...(lrMult !== undefined && { lrMult }), ...(decayMult !== undefined && { decayMult }) };
  const given = layer.blobs[index];
  if (given !== undefined) {
    if (String(given.shape) === String(shape)) return given;
    const shapes = `(${given.shape.join(', ')}), not (${shape.join(', ')})`;
    throw new CaffeError(
      'ERR_CAFFE_LAYER',
      `${where}: the prototxt or weights bring blobs[${index}] of shape ${shapes}`,
    );
  }
  const blob = new Blob(...shape);
  if (filler !== undefined) fill(blob, filler);
  layer.blobs.push(blob);
  return blob;
}
