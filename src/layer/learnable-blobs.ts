import type { ParamSpec } from '../../typings/generated/layers.js';
import { Blob } from '../blob/blob.js';
import { fill, type FillerParameter } from '../blob/fill.js';
import { sharedSymbol } from '../copies/any-copy.js';
import { expectList, expectOptions } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { encodeMessage } from '../proto/schema.js';

/** The options of {@link Layer.addBlob}. */
export interface LearnableBlobOptions {
  /** The filler with which Caffe fills the blob. Without one the blob starts at zero. */
  filler?: FillerParameter;
  /** Multiplies the net's learning rate for this blob, unless the prototxt sets `lr_mult`. 1 by default. */
  lrMult?: number;
  /** Multiplies the net's weight decay for this blob, unless the prototxt sets `decay_mult`. 1 by default. */
  decayMult?: number;
}

/** The part of a layer that this file needs. */
interface LearningLayer {
  readonly name: string;
  readonly blobs: Blob[];
}

interface Setup {
  added: number;
  specs: ParamSpec[];
}

/**
 * Where a layer whose `setup` runs keeps what it adds. It is on the layer, because the class may extend `Layer` of
 * one copy of the package while the net belongs to another.
 */
const running = sharedSymbol('setup');

function setupOf(layer: LearningLayer): Setup | undefined {
  return (layer as LearningLayer & Record<symbol, Setup | undefined>)[running];
}

/** Allows {@link addBlob} for a layer until {@link endSetup}. */
export function beginSetup(layer: LearningLayer): void {
  const setup: Setup = { added: 0, specs: [] };
  Object.defineProperty(layer, running, { value: setup, configurable: true });
}

/**
 * Ends the setup of a layer.
 *
 * @returns the bytes of a LayerParameter with the `param` entries from `addBlob`; undefined if no call gave any
 */
export function endSetup(layer: LearningLayer): Uint8Array | undefined {
  const { specs } = setupOf(layer) ?? { specs: [] };
  Reflect.deleteProperty(layer, running);
  return specs.some((spec) => Object.keys(spec).length > 0)
    ? encodeMessage('LayerParameter', { param: specs })
    : undefined;
}

/** See {@link Layer.addBlob}. */
export function addBlob(layer: LearningLayer, shape: readonly number[], options: LearnableBlobOptions): Blob {
  const setup = setupOf(layer);
  const where = `layer "${layer.name}": addBlob`;
  if (setup === undefined) throw new CaffeError('ERR_CAFFE_LAYER', `${where} may only be called in setup`);
  const { filler, lrMult, decayMult } = expectOptions(options, ['filler', 'lrMult', 'decayMult']);
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
