import type { NativeDataset } from '../../typings/native.js';
import { CaffeError } from '../error/caffe-error.js';
import { isHdf5File } from '../file/hdf5.js';
import { blobprotoToArray } from '../io/blob-proto.js';
import type { NdArray } from '../io/nd-array.js';
import { native } from '../native/load.js';
import { readFile } from '../proto/source.js';
import { Weights } from './weights.js';

/** A layer as a file of weights has it. */
export interface StoredLayer {
  name: string;
  /** Empty where the file does not say: HDF5, and a blob of its own. */
  type: string;
  blobs: NdArray[];
}

/**
 * Reads what a file of weights holds, whatever its format: a caffemodel, old or new, HDF5, or a binaryproto, whose one
 * blob is a layer without a name.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if it cannot be read; ERR_CAFFE_FORMAT if it holds no weights
 */
export function readStoredLayers(path: string): StoredLayer[] {
  const layers = isHdf5File(path) ? layersOfHdf5(native.readHdf5(path)) : layersOfMessage(path);
  if (layers.length > 0) return layers;
  throw new CaffeError('ERR_CAFFE_FORMAT', 'holds no weights', { file: path });
}

function layersOfMessage(path: string): StoredLayer[] {
  const { layers } = Weights.from(path);
  // A BlobProto reads as a net without layers.
  if (layers.length === 0) return blobsIn(readFile(path)).map((blob) => ({ name: '', type: '', blobs: [blob] }));
  return layers.map(({ name, type, blobs }) => ({
    name,
    type,
    blobs: blobs.map(({ cpuData, shape }) => ({ data: cpuData, shape })),
  }));
}

function blobsIn(bytes: Uint8Array): NdArray[] {
  try {
    const blob = blobprotoToArray(bytes);
    return blob.data.length > 0 ? [blob] : [];
  } catch {
    return [];
  }
}

/** `conv1/bn` of `conv1%2Fbn`: as native/net/layer_names.cc writes names, for HDF5 has no slash in them. */
function layerName(name: string): string {
  if (name === '%00') return '';
  return name.replaceAll(/%(2F|2E|25)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** Caffe keeps the blobs of a layer in a group, by their numbers: data/conv1/0. Other datasets are as they are. */
function layersOfHdf5(datasets: readonly NativeDataset[]): StoredLayer[] {
  const layers = new Map<string, { name: string; blobs: (NativeDataset & { number: number })[] }>();
  for (const dataset of datasets) {
    const [, layer, number] = /^data\/([^/]+)\/(\d+)$/.exec(dataset.name) ?? [];
    if (dataset.name.startsWith('diff/')) continue;
    const entry = layers.get(layer ?? dataset.name) ?? { name: layerName(layer ?? dataset.name), blobs: [] };
    entry.blobs.push({ ...dataset, number: Number(number ?? 0) });
    layers.set(layer ?? dataset.name, entry);
  }
  return [...layers.values()].map(({ name, blobs }) => ({
    name,
    type: '',
    blobs: blobs.sort((a, b) => a.number - b.number).map(({ data, shape }) => ({ data, shape })),
  }));
}
