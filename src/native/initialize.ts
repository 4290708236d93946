import { Blob } from '../blob/blob.js';
import { DevicePointer } from '../cuda/device-pointer.js';
import { makeError } from '../error/caffe-error.js';
import { bindLayer } from '../layer/layer-binding.js';
import { receiveLog } from '../log/log.js';
import { native } from './load.js';

// What the addon makes and calls. Once for each thread of JavaScript, before anything of Caffe is used.
native.initialize({ makeError, Blob, DevicePointer, bindLayer, receiveLog });
