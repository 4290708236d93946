export {
  arraylistToBlobprotovectorStr,
  arrayToBlobproto,
  blobprotoToArray,
  blobprotovectorStrToArraylist,
  type BlobProtoSource,
} from './blob-proto.js';
export { Database, type DatabaseBackend, type DatabaseOptions } from './database.js';
export { arrayToDatum, datumToArray, decodeDatum, imageToDatum, type DatumArray, type DatumSource } from './datum.js';
export { loadImage } from './load-image.js';
export { readMean, writeMean } from './mean.js';
export type { NdArray, Values } from './nd-array.js';
export { readNpy, writeNpy } from './npy.js';
export { oversample } from './oversample.js';
export { resizeImage, type InterpolationOrder } from './resize-image.js';
export { Transformer } from './transformer.js';
