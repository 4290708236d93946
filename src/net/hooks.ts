import type { NativeNet, NetEvent } from '../../typings/native.js';
import type { CaffeError } from '../error/caffe-error.js';
import { Callbacks } from '../events/callbacks.js';

type LayerCallbacks = Callbacks<[layer: string, index: number]>;

/**
 * Holds the callbacks that run before and after each layer of a net, and when the net computes a NaN. It listens to
 * the native net.
 *
 * @internal
 */
export class Hooks {
  readonly #net: NativeNet;
  readonly #layerNames: readonly string[];
  readonly beforeForward: LayerCallbacks = this.#callbacks('beforeForward');
  readonly afterForward: LayerCallbacks = this.#callbacks('afterForward');
  readonly beforeBackward: LayerCallbacks = this.#callbacks('beforeBackward');
  readonly afterBackward: LayerCallbacks = this.#callbacks('afterBackward');
  readonly nan: Callbacks<[error: CaffeError]> = this.#callbacks('nan', 'onNaN');

  constructor(net: NativeNet, layerNames: readonly string[]) {
    this.#net = net;
    this.#layerNames = layerNames;
    net.hear = this.#hear;
  }

  #callbacks<Values extends unknown[]>(event: NetEvent[0], name: string = event): Callbacks<Values> {
    return new Callbacks(name, (wanted) => {
      this.#net.listen(event, wanted);
    });
  }

  // A switch, because native code makes a new string for each event, and V8 must look up such a string before it can
  // serve as a property key.
  readonly #hear = (...[event, waits, value]: NetEvent): unknown => {
    switch (event) {
      case 'beforeForward':
        return this.beforeForward.call(waits, this.#layerNames[value] ?? '', value);
      case 'afterForward':
        return this.afterForward.call(waits, this.#layerNames[value] ?? '', value);
      case 'beforeBackward':
        return this.beforeBackward.call(waits, this.#layerNames[value] ?? '', value);
      case 'afterBackward':
        return this.afterBackward.call(waits, this.#layerNames[value] ?? '', value);
      case 'nan':
        return this.nan.call(waits, value as CaffeError);
    }
  };
}
