import { isRegExp, isUint8Array } from 'node:util/types';
import type { NativeLayerWeights } from '../../typings/native.js';
import { Blob } from '../blob/blob.js';
import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError, expectList, expectObject, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { writeFileAside } from '../file/aside.js';
import { isHdf5 } from '../file/hdf5.js';
import { native } from '../native/load.js';
import type { Net } from '../net/net.js';
import { readFile } from '../proto/source.js';

/** The weights of one layer. */
export interface LayerWeights {
  /** The name of the layer. */
  name: string;
  /** The layer type, such as `Convolution`. */
  type: string;
  /** Usually weights, then bias. */
  blobs: Blob[];
}

/** The result of {@link Weights.copyTo}, by layer name. */
export interface CopyReport {
  /** Layers that were copied. */
  matched: string[];
  /** Layers of the weights that the net does not have. */
  skipped: string[];
  /** Layers of the net that have learnable blobs but got no weights. */
  missing: string[];
  /** Layers that were not copied, because their number of blobs or a shape differs. */
  mismatched: { layer: string; reason: string }[];
}

function mismatch(from: readonly Blob[], to: readonly Blob[]): string | undefined {
  if (from.length !== to.length) return `${from.length} blobs, the net has ${to.length}`;
  for (const [i, blob] of from.entries()) {
    const [given, wanted] = [blob.shape, to[i]?.shape ?? []];
    if (given.join() !== wanted.join())
      return `blobs[${i}] is (${given.join(', ')}), the net has (${wanted.join(', ')})`;
  }
  return undefined;
}

/**
 * Trained weights as an object, layer by layer. You can inspect, rename and remove layers, and copy them into nets
 * that fit only in part. `net.copyFrom` fails at the first layer whose shape differs. {@link copyTo} copies what fits
 * and reports the rest.
 */
export class Weights {
  /** The layers with weights, in the order of the file. You may change this array. */
  readonly layers: LayerWeights[];

  /** @internal */
  constructor(layers: LayerWeights[]) {
    if (!Array.isArray(layers)) throw argumentError('layers with weights (Weights.from reads them)', 'layers', layers);
    this.layers = expectLayers(layers).filter(({ blobs }) => blobs.length > 0);
  }

  /**
   * Reads the weights of a caffemodel or of a net.
   *
   * @param source - a caffemodel's path (binary, not HDF5), its bytes, or a net, whose weights are copied
   * @throws {CaffeError} ERR_CAFFE_FILE for a file that cannot be read; ERR_CAFFE_FORMAT for one that is not a
   * caffemodel, or is HDF5
   */
  static from(source: string | Uint8Array | Net): Weights {
    const named = typeof source === 'string';
    const bytes = named ? readFile(source) : isUint8Array(source) ? source : toProto(source);
    if (isHdf5(bytes)) {
      throw new CaffeError(
        'ERR_CAFFE_FORMAT',
        'is HDF5, which does not say what its layers are: load it into its net, and take Weights.from(net)',
        named ? { file: source } : {},
      );
    }
    return new Weights(native.readWeights(bytes, named ? source : 'weights') as LayerWeights[]);
  }

  /** The weights of a layer. Undefined if no layer has that name. */
  layer(name: string): LayerWeights | undefined {
    expectString(name, 'name');
    return expectLayers(this.layers).find((layer) => layer.name === name);
  }

  /**
   * Renames layers, with the rules of `String.replace`.
   *
   * @returns how many names changed
   */
  rename(pattern: string | RegExp, replacement: string): number {
    expectPattern(pattern);
    expectString(replacement, 'replacement');
    let changed = 0;
    for (const layer of expectLayers(this.layers)) {
      const name = layer.name.replace(pattern, replacement);
      if (name !== layer.name) changed++;
      layer.name = name;
    }
    return changed;
  }

  /**
   * Removes the layers whose name equals a string `pattern`, or matches a RegExp.
   *
   * @returns how many layers were removed
   */
  remove(pattern: string | RegExp): number {
    expectPattern(pattern);
    const kept = expectLayers(this.layers).filter(({ name }) =>
      typeof pattern === 'string' ? name !== pattern : name.search(pattern) < 0,
    );
    const removed = this.layers.length - kept.length;
    this.layers.splice(0, this.layers.length, ...kept);
    return removed;
  }

  /**
   * Copies weights into the layers of a net that have the same name, number of blobs and shapes. It does not fail for
   * layers that do not fit. It reports them.
   */
  copyTo(net: Net): CopyReport {
    const params = paramsOf(net);
    const report: CopyReport = { matched: [], skipped: [], missing: [], mismatched: [] };
    for (const { name, blobs } of expectLayers(this.layers)) {
      const target = params[name];
      const reason = target === undefined ? undefined : mismatch(blobs, target);
      if (target === undefined) report.skipped.push(name);
      else if (reason !== undefined) report.mismatched.push({ layer: name, reason });
      else {
        for (const [i, blob] of blobs.entries()) target[i]?.copyFrom(blob);
        report.matched.push(name);
      }
    }
    const known = new Set(this.layers.map(({ name }) => name));
    report.missing = Object.keys(params).filter((name) => !known.has(name));
    return report;
  }

  /** Serializes the weights as the bytes of a caffemodel. */
  toProto(): Uint8Array {
    return native.writeWeights('weights', expectLayers(this.layers) satisfies NativeLayerWeights[]);
  }

  /** Saves a caffemodel. It writes to a temporary file and renames it. */
  save(path: string): void {
    writeFileAside(expectString(path, 'path'), this.toProto());
  }

  static {
    inAnyCopy(Weights, 'Weights');
  }
}

function expectPattern(pattern: unknown): void {
  if (typeof pattern !== 'string' && !isRegExp(pattern)) {
    throw argumentError('a string or a RegExp', 'pattern', pattern);
  }
}

/** Checks the list of layers, which the user may change. */
function expectLayers(layers: LayerWeights[]): LayerWeights[] {
  expectList(layers, 'layers', 'an array of layers').forEach((layer, i) => {
    const { name, type, blobs } = expectObject(layer, `layers[${i}]`, '{ name, type, blobs }');
    expectString(name, `layers[${i}].name`);
    expectString(type, `layers[${i}].type`);
    expectList(blobs, `layers[${i}].blobs`, 'an array of blobs').forEach((blob, j) => {
      if (!(blob instanceof Blob)) throw argumentError('a Blob', `layers[${i}].blobs[${j}]`, blob);
    });
  });
  return layers;
}

/** Checks for a property, because the class `Net` is not yet loaded when this file is. */
function paramsOf(net: Net): Net['params'] {
  const { params } = expectObject(net, 'net', 'a Net') as Partial<Net>;
  if (typeof params !== 'object') throw argumentError('a Net', 'net', net);
  return params;
}

function toProto(source: unknown): Uint8Array {
  const net = source as Partial<Net> | null;
  if (typeof net?.toProto !== 'function') throw argumentError('a path, bytes or a Net', 'source', source);
  return net.toProto();
}
