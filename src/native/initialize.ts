import { isMainThread } from 'node:worker_threads';
import { Blob } from '../blob/blob.js';
import { DevicePointer } from '../cuda/device-pointer.js';
import { makeError } from '../error/caffe-error.js';
import { bindLayer } from '../layer/layer-binding.js';
import { receiveLog } from '../log/log.js';
import { native } from './load.js';

// The classes that the addon constructs and the functions that it calls. This runs once per JavaScript thread, before
// any use of Caffe.
native.initialize({ makeError, Blob, DevicePointer, bindLayer, receiveLog });

// Before the listeners of others, which may throw. In a worker the event is of the worker's end.
if (isMainThread) {
  process.prependOnceListener('exit', () => {
    native.noteExit();
  });
}
