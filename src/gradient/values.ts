import { Blob } from '../blob/blob.js';
import { fill, type FillerParameter } from '../blob/fill.js';
import { argumentError, expectList, expectObject, expectValues } from '../error/argument.js';

/**
 * A blob to check with: a shape, to be filled with normally distributed numbers (mean 0, deviation 1); a blob, whose
 * shape and values are copied; or a shape with values or a filler of its own.
 */
export type BlobSource =
  | readonly number[]
  | Blob
  | { shape: readonly number[]; data: ArrayLike<number> }
  | { shape: readonly number[]; filler: FillerParameter };

const gaussian: FillerParameter = { type: 'gaussian' };

function setData(blob: Blob, data: ArrayLike<number>, name: string): void {
  if (expectValues(data, name).length !== blob.count) {
    throw new RangeError(
      `Expected ${blob.count} values for ${name}, whose shape is (${blob.shape.join(', ')}), ` +
        `but received ${data.length}`,
    );
  }
  blob.data.set(data);
}

/** Gives a blob values, by a filler or an array. @internal */
export function setValues(blob: Blob, values: FillerParameter | ArrayLike<number>, name: string): void {
  expectObject(values, name, 'values or a filler');
  if ('length' in values) setData(blob, values, name);
  else if (blob.count > 0) fill(blob, values);
}

/** @internal */
export function makeBlob(source: BlobSource, name: string): Blob {
  if (source instanceof Blob) {
    const copy = new Blob(...source.shape);
    setData(copy, source.cpuData, name);
    return copy;
  }
  const described = Array.isArray(source) ? { shape: source as number[], filler: gaussian } : source;
  if (typeof described !== 'object' || (described as unknown) === null || !('shape' in described)) {
    throw argumentError('a shape, a Blob, or { shape, data } or { shape, filler }', name, described);
  }
  const blob = new Blob(...expectList(described.shape, `the shape of ${name}`, 'an array of sizes'));
  setValues(blob, 'data' in described ? described.data : described.filler, name);
  return blob;
}
