import { isMainThread } from 'node:worker_threads';
import { Blob } from '../blob/blob.js';
import { sharedSymbol } from '../copies/any-copy.js';
import { DevicePointer } from '../cuda/device-pointer.js';
import { makeError } from '../error/caffe-error.js';
import { bindLayer } from '../layer/layer-binding.js';
import { receiveLog } from '../log/log.js';
import { addon } from './addon-file.js';
import { native } from './load.js';
import { keepSignals } from './signals.js';

// The classes that the addon constructs and the functions that it calls. This runs once per JavaScript thread, before
// any use of Caffe.
native.initialize({ makeError, Blob, DevicePointer, bindLayer, receiveLog, Float32Array, Uint8Array });

// Once for all copies of the package, and not by a function of this one: the process would keep the copy.
const noted = sharedSymbol(`exit of ${addon}`);
const listening = process as unknown as Record<symbol, boolean>;
// Before the listeners of others, which may throw. In a worker the event is of the worker's end.
if (isMainThread && !listening[noted]) {
  listening[noted] = true;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- a function of the addon, without `this`
  process.prependOnceListener('exit', native.noteExit);
}

keepSignals();
