import type { FillerParameter } from '../../typings/generated/layers.js';
import { argumentError, expectBounds, expectObject } from '../error/argument.js';
import { native } from '../native/load.js';
import { encodeMessage } from '../proto/schema.js';
import { Blob } from './blob.js';

export type { FillerParameter };

/**
 * Fills the data of a blob with one of Caffe's own fillers, as for a layer's weights. Examples are
 * `{ type: 'gaussian', std: 0.01 }` and `{ type: 'xavier' }`. Random fillers use the random generator of the calling
 * thread: see `setRandomSeed`.
 *
 * @throws {TypeError} for a field that FillerParameter does not have
 * @throws {RangeError} for bounds of a uniform distribution that are not finite, or not in order
 * @throws {CaffeError} ERR_CAFFE_CHECK for a filler that Caffe does not know, or that does not fit the blob's shape
 */
export function fill(blob: Blob, filler: FillerParameter): void {
  if (!(blob instanceof Blob)) throw argumentError('a Blob', 'blob', blob);
  const bytes = encodeMessage('FillerParameter', expectObject(filler, 'filler', '{ type, ... }'));
  if (filler.type === 'uniform') expectBounds(filler.min ?? 0, filler.max ?? 1, 'filler.min', 'filler.max');
  native.fillBlob(blob, bytes);
}
