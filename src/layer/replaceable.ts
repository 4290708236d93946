import type { LayerBinding, LayerMethod } from '../../typings/native.js';
import { CaffeError } from '../error/caffe-error.js';

/** What stands behind a binding now; see {@link replaceable}. */
const current = new WeakMap<LayerBinding, LayerBinding>();

let wanted = false;

/** From now on the object behind each new layer can be replaced, which costs each call a look at what it is. */
export function keepReplaceable(): void {
  wanted = true;
}

/** Caffe calls this for a method that the layer did not have when its net was built, and does not have now. */
function lacking(layer: object): (...args: unknown[]) => void {
  return (_top, propagateDown) => {
    if (!Array.isArray(propagateDown) || !propagateDown.includes(true)) return;
    const { name } = layer as { name: string };
    const message = `layer "${name}": a gradient is asked of it, but it has no method backward(top, propagateDown, bottom)`;
    throw new CaffeError('ERR_CAFFE_LAYER', message);
  };
}

/**
 * The addon keeps the functions of a binding for as long as the layer lives. So it gets some that call those of another
 * binding, which {@link replace} exchanges.
 */
export function replaceable(binding: LayerBinding): LayerBinding {
  if (!wanted) return binding;
  const now = (): LayerBinding => current.get(facade) ?? binding;
  const call =
    (methodOf: (now: LayerBinding) => LayerMethod | undefined): LayerMethod =>
    (...args) => {
      const target = now();
      const method = methodOf(target) ?? lacking(target.layer);
      return (method as (...args: unknown[]) => unknown).apply(target.layer, args);
    };
  const facade: LayerBinding = {
    ...binding,
    setup: call(({ setup }) => setup),
    endSetup: () => now().endSetup(),
    reshape: call(({ reshape }) => reshape),
    forward: call(({ forward }) => forward),
    backward: call(({ backward }) => backward),
    // Without them Caffe calls those of the CPU.
    forwardGpu: call(({ forwardGpu, forward }) => forwardGpu ?? forward),
    backwardGpu: call(({ backwardGpu, backward }) => backwardGpu ?? backward),
    toProto: call(({ toProto }) => toProto ?? ((bytes: Uint8Array) => bytes)),
  };
  current.set(facade, binding);
  return facade;
}

/** Puts another object behind a layer. @returns what was there before; undefined if the layer cannot be replaced */
export function replace(facade: LayerBinding, by: LayerBinding): LayerBinding | undefined {
  const before = current.get(facade);
  if (before === undefined) return undefined;
  current.set(facade, by);
  facade.layer = by.layer;
  return before;
}
