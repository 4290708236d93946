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
import type { NetLayer } from '../net/structure.js';
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
  /**
   * Layers that were not copied, because their number of blobs or a shape differs, or because the net has another
   * number of layers of that name.
   */
  mismatched: { layer: string; reason: string }[];
}

/** Blobs from files before 2015, which give every blob four axes: its shape has leading ones that it need not have. */
const legacyBlobs = new WeakSet<Blob>();

/** The same rule as in Caffe, and so in `net.copyFrom`. */
function fits(blob: Blob, wanted: readonly number[]): boolean {
  const ones = legacyBlobs.has(blob) ? Math.max(0, blob.shape.length - wanted.length) : 0;
  return blob.shape.join() === [...Array<number>(ones).fill(1), ...wanted].join();
}

function mismatch(from: readonly Blob[], to: readonly Blob[]): string | undefined {
  if (from.length !== to.length) return `${from.length} blobs, the net has ${to.length}`;
  for (const [i, blob] of from.entries()) {
    const [given, wanted] = [blob.shape, to[i]?.shape ?? []];
    if (!fits(blob, wanted)) return `blobs[${i}] is (${given.join(', ')}), the net has (${wanted.join(', ')})`;
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
    const layers = native.readWeights(bytes, named ? source : 'weights');
    for (const { blobs, legacy } of layers) {
      for (const [i, blob] of blobs.entries()) if (legacy[i] === true) legacyBlobs.add(blob as Blob);
    }
    return new Weights(layers.map(({ name, type, blobs }) => ({ name, type, blobs: blobs as Blob[] })));
  }

  /** The weights of a layer: of several with that name, of the first. Undefined if no layer has that name. */
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
   * layers that do not fit. It reports them. What fits is what `net.copyFrom` takes. Of layers that have a name in
   * common the first is paired with the first, the second with the second.
   */
  copyTo(net: Net): CopyReport {
    const targets = byName(learningLayers(net));
    const given = byName(expectLayers(this.layers));
    const report: CopyReport = { matched: [], skipped: [], missing: [], mismatched: [] };
    const next = new Map<string, number>();
    for (const { name, blobs } of this.layers) {
      const place = next.get(name) ?? 0;
      next.set(name, place + 1);
      const ofName = targets.get(name) ?? [];
      const count = given.get(name)?.length ?? 0;
      const target = ofName[place]?.blobs ?? [];
      const reason =
        ofName.length === count
          ? mismatch(blobs, target)
          : `${count} layers have this name, the net has ${ofName.length} of it`;
      if (ofName.length === 0) report.skipped.push(name);
      else if (reason !== undefined) report.mismatched.push({ layer: name, reason });
      else {
        for (const [i, blob] of blobs.entries()) target[i]?.data.set(blob.cpuData); // in the target's shape: see fits
        report.matched.push(name);
      }
    }
    report.missing = [...targets.keys()].filter((name) => !given.has(name));
    return report;
  }

  /** Serializes the weights as the bytes of a caffemodel. */
  toProto(): Uint8Array {
    const layers = expectLayers(this.layers).map(({ name, type, blobs }): NativeLayerWeights => ({
      name,
      type,
      blobs,
      legacy: blobs.map((blob) => legacyBlobs.has(blob) && blob.shape.length <= 4),
    }));
    return native.writeWeights('weights', layers);
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
function learningLayers(net: Net): NetLayer[] {
  const { layers } = expectObject(net, 'net', 'a Net') as Partial<Net>;
  if (!Array.isArray(layers)) throw argumentError('a Net', 'net', net);
  return (layers as readonly NetLayer[]).filter(({ blobs }) => blobs.length > 0);
}

function byName<T extends { name: string }>(layers: readonly T[]): Map<string, T[]> {
  const all = new Map<string, T[]>();
  for (const layer of layers) {
    const ofName = all.get(layer.name);
    if (ofName === undefined) all.set(layer.name, [layer]);
    else ofName.push(layer);
  }
  return all;
}

function toProto(source: unknown): Uint8Array {
  const net = source as Partial<Net> | null;
  if (typeof net?.toProto !== 'function') throw argumentError('a path, bytes or a Net', 'source', source);
  return net.toProto();
}
