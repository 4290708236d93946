import type { LayerBinding, LayerMethod, NativeBlob } from '../../typings/native.js';
import { CaffeError } from '../error/caffe-error.js';
import { expectNoPromise } from '../error/no-promise.js';
import { decodeMessage, encodeMessage, type caffe, type LayerParameter } from '../proto/schema.js';
import { refusePromise, type Layer, type LayerConstructor } from './layer.js';
import { beginSetup, endSetup } from './learnable-blobs.js';
import { findLayer } from './module-search.js';
import { expectLayerMethods, registeredLayer } from './registry.js';
import { replaceable } from './replaceable.js';

const mustReturn = 'Caffe does not wait for this method, so it must return its result';

let nextConstructor: LayerConstructor | undefined;

/** Runs `make`, which makes one layer of `constructor`. The class need not be registered. */
export function withConstructor<T>(constructor: LayerConstructor, make: () => T): T {
  nextConstructor = constructor;
  try {
    return make();
  } finally {
    nextConstructor = undefined;
  }
}

function constructorOf(type: string, parameter: caffe.LayerParameter): LayerConstructor {
  if (nextConstructor !== undefined) {
    const constructor = nextConstructor;
    nextConstructor = undefined; // its constructor may make other layers
    return constructor;
  }
  if (type === 'Python') {
    const { module, layer } = parameter.pythonParam ?? {};
    if (!module || !layer) {
      throw new CaffeError('ERR_CAFFE_LAYER', 'python_param must name a module and a layer (a class)', {
        layer: parameter.name,
      });
    }
    return findLayer(module, layer, parameter.name);
  }
  const constructor = registeredLayer(type);
  if (constructor === undefined) {
    throw new CaffeError(
      'ERR_CAFFE_LAYER',
      `type "${type}" is registered on another thread only, or in another realm of this one; call registerLayer here`,
      { layer: parameter.name },
    );
  }
  return constructor;
}

/** Makes the TypeScript object for one layer of a net, and returns it with what Caffe must know about it. */
export function bindLayer(type: string, bytes: Uint8Array, blobs: NativeBlob[]): LayerBinding {
  const parameter = decodeMessage('LayerParameter', bytes);
  return replaceable(bindingOf(makeLayer(constructorOf(type, parameter), parameter, blobs)));
}

/** Makes the object for one layer of a net. */
export function makeLayer(
  constructor: LayerConstructor,
  parameter: caffe.LayerParameter,
  blobs: readonly unknown[],
): Layer {
  const layer = new constructor();
  Object.defineProperties(layer, {
    name: { value: parameter.name, enumerable: true },
    phase: { value: parameter.phase === 0 ? 'train' : 'test', enumerable: true },
    paramStr: { value: parameter.pythonParam?.paramStr ?? '', enumerable: true },
    layerParam: { value: parameter, enumerable: true },
    blobs: { value: blobs, enumerable: true },
  });
  expectLayerMethods(layer, `layer "${parameter.name}" (class ${constructor.name})`);
  return layer;
}

/**
 * Wraps `setup`: learnable blobs may be made while it runs. It returns what the layer's `setup` returns, which may be a
 * promise.
 */
function settingUp(layer: Layer, setup: LayerMethod): LayerMethod {
  return (...bottomAndTop) => {
    beginSetup(layer);
    return setup.apply(layer, bottomAndTop);
  };
}

/** Wraps `toProto`: takes and returns bytes. */
function writing(layer: Layer, toProto: (parameter: LayerParameter) => LayerParameter): LayerMethod {
  return (bytes: Uint8Array) => {
    const parameter = toProto.call(layer, decodeMessage('LayerParameter', bytes));
    return encodeMessage('LayerParameter', expectNoPromise('toProto', parameter, mustReturn));
  };
}

/** Wraps `allowForceBackward`: a promise is no answer. */
function answering(layer: Layer, allowForceBackward: LayerMethod): LayerMethod {
  return (...bottom) => expectNoPromise('allowForceBackward', allowForceBackward.apply(layer, bottom), mustReturn);
}

/** Looks up each method once, because a call must be cheap. Each is called with the layer as `this`. */
export function bindingOf(layer: Layer): LayerBinding {
  const methods = layer as unknown as Record<string, LayerMethod | undefined>;
  const { setup, reshape, forward, backward, forwardGpu, backwardGpu, allowForceBackward, toProto } = methods;
  return {
    layer,
    setup: setup && settingUp(layer, setup),
    endSetup: () => endSetup(layer),
    reshape,
    forward,
    backward,
    forwardGpu,
    backwardGpu,
    allowForceBackward: allowForceBackward && answering(layer, allowForceBackward),
    toProto: toProto && writing(layer, toProto as (parameter: LayerParameter) => LayerParameter),
    refusePromise: layer[refusePromise],
    exactNumBottomBlobs: layer.exactNumBottomBlobs ?? -1,
    minBottomBlobs: layer.minBottomBlobs ?? -1,
    maxBottomBlobs: layer.maxBottomBlobs ?? -1,
    exactNumTopBlobs: layer.exactNumTopBlobs ?? -1,
    minTopBlobs: layer.minTopBlobs ?? -1,
    maxTopBlobs: layer.maxTopBlobs ?? -1,
    equalNumBottomTopBlobs: layer.equalNumBottomTopBlobs ?? false,
    autoTopBlobs: layer.autoTopBlobs ?? false,
  };
}
