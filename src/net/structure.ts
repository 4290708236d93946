import { inspect } from 'node:util';
import type { NativeNet } from '../../typings/native.js';
import type { Blob } from '../blob/blob.js';
import type { EngineName } from '../engine/engine.js';
import type { Layer } from '../layer/layer.js';
import { lazilyNamed, named } from './named.js';

/** One layer of a net. */
export interface NetLayer {
  /** The name of the layer in the prototxt. */
  readonly name: string;
  /** The layer type, such as `Convolution`. */
  readonly type: string;
  /** The index of the layer in the net, from 0. */
  readonly index: number;
  /** The names of its bottoms. */
  readonly bottom: readonly string[];
  /** The names of its tops. */
  readonly top: readonly string[];
  /** Its learnable blobs. */
  readonly blobs: readonly Blob[];
  /**
   * What computes it: `'onednn'` if oneDNN computes at least one of its passes for the shapes of the last one, else
   * `'caffe'`. Before the first forward of a net with that engine: `'onednn'` where it has the layer.
   */
  readonly engine: EngineName;
  /** The layer object, if the layer is written in TypeScript. */
  readonly layer: Layer | undefined;
  /**
   * Runs the layer's setup again, on the blobs of the net. It rebuilds the layer's internal state, but not its
   * learnable blobs.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK from a layer that can be set up only once, such as a data layer;
   * ERR_CAFFE_LAYER from HDF5Output
   */
  setup(): void;
  /**
   * Gives the layer's tops the shapes that follow from its bottoms. The layers above see the new shapes at the next
   * forward.
   */
  reshape(): void;
}

/**
 * The parts of a net, which are fixed when it is built. See the fields of {@link Net}.
 *
 * @internal
 */
export interface NetStructure {
  readonly name: string;
  readonly layerNames: readonly string[];
  readonly blobNames: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly layers: readonly NetLayer[];
  /** The names of the blobs that layers consume, but whose gradients backward does not compute. */
  readonly withoutGradient: ReadonlySet<string>;
  /** For each layer, whether backward runs it. */
  readonly runsBackward: readonly boolean[];
  readonly blobs: Readonly<Record<string, Blob>>;
  readonly params: Readonly<Record<string, readonly Blob[]>>;
  readonly layerDict: Readonly<Record<string, NetLayer>>;
  readonly topNames: Readonly<Record<string, readonly string[]>>;
  readonly bottomNames: Readonly<Record<string, readonly string[]>>;
}

function layersOf(net: NativeNet, layerNames: readonly string[], blobNames: readonly string[]): NetLayer[] {
  const types = net.layerTypes();
  const namesOf = (ids: number[]): readonly string[] => Object.freeze(ids.map((id) => blobNames[id] ?? ''));
  return layerNames.map((name, index) => {
    let blobs: readonly Blob[] | undefined;
    const layer = {
      name,
      index,
      type: types[index] ?? '',
      bottom: namesOf(net.bottomIds(index)),
      top: namesOf(net.topIds(index)),
      // Made when somebody asks: see lazilyNamed.
      get blobs() {
        return (blobs ??= Object.freeze(net.params(index) as Blob[]));
      },
      get engine(): EngineName {
        return net.isServedByEngine(index) ? 'onednn' : 'caffe';
      },
      layer: net.layers[index]?.layer as Layer | undefined,
      setup: () => {
        net.setUpLayer(index);
      },
      reshape: () => {
        net.reshapeLayer(index);
      },
    };
    return Object.freeze(Object.defineProperty(layer, inspect.custom, { value: () => ({ ...layer }) }));
  });
}

/** @internal */
export function structureOf(net: NativeNet): NetStructure {
  const layerNames = Object.freeze(net.layerNames());
  const blobNames = Object.freeze(net.blobNames());
  const blobName = (id: number): string => blobNames[id] ?? '';
  const layers = Object.freeze(layersOf(net, layerNames, blobNames));
  const getsGradients = net.getsGradients();
  const paramCounts = net.paramCounts();
  const learns = ({ index }: NetLayer): boolean => (paramCounts[index] ?? 0) > 0;
  const consumed = new Set(layers.flatMap(({ bottom }) => bottom));
  return {
    name: net.name(),
    layerNames,
    blobNames,
    inputs: Object.freeze(net.inputs().map(blobName)),
    outputs: Object.freeze(net.outputs().map(blobName)),
    layers,
    withoutGradient: new Set(blobNames.filter((name, id) => consumed.has(name) && !getsGradients[id])),
    runsBackward: net.runsBackward(),
    blobs: lazilyNamed(
      'blob',
      blobNames.map((name, id) => [name, () => net.blob(id) as Blob]),
    ),
    layerDict: named(
      'layer',
      layers.map((layer) => [layer.name, layer]),
    ),
    topNames: named(
      'layer',
      layers.map(({ name, top }) => [name, top]),
    ),
    bottomNames: named(
      'layer',
      layers.map(({ name, bottom }) => [name, bottom]),
    ),
    params: lazilyNamed(
      'layer',
      layers.filter(learns).map((layer) => [layer.name, () => layer.blobs]),
      layers.filter((layer) => !learns(layer)).map(({ name }) => name),
    ),
  };
}
