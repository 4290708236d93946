import { inspect, types, type InspectOptionsStylized } from 'node:util';
import { isUint8Array } from 'node:util/types';
import { inAnyCopy } from '../copies/any-copy.js';
import { requireCuda } from '../cuda/require-cuda.js';
import type { DevicePointer } from '../cuda/device-pointer.js';
import {
  argumentError,
  expectBoolean,
  expectInteger,
  expectNumber,
  expectOptions,
  expectShape,
  expectValues,
} from '../error/argument.js';
import { blobText } from '../inspect/blob-text.js';
import { countOf, isNdArray, type NdArray, type Values } from '../io/nd-array.js';
import { native } from '../native/load.js';
import { expectFitting, repeat, repeatFlat } from './repeat.js';

const { stamps } = native;
const noView: Float32Array = new Float32Array(0);
const noShape: readonly number[] = Object.freeze([]);
const mostAxes = 32;
const mostLegacyAxes = 4;
/** In place of the size of an axis that Caffe does not tell by name. */
const refused = -1;
const mostElements = 2 ** 31 - 1;

/** Checks that Caffe can hold the shape. */
function expectBlobShape(shape: readonly unknown[]): number[] {
  if (shape.length > mostAxes) {
    throw new RangeError(`Expected at most ${mostAxes} axes for shape but received ${shape.length}`);
  }
  let count = 1;
  const checked = [...expectShape(shape, 'shape')];
  for (const size of checked) {
    count *= size;
    if (count > mostElements) {
      throw new RangeError(`Expected at most ${mostElements} elements but shape (${checked.join(', ')}) has more`);
    }
  }
  return checked;
}

function expectBlob(value: unknown, name: string): Blob {
  if (!(value instanceof Blob)) throw argumentError('a Blob', name, value);
  return value;
}

/**
 * An array of 32-bit floats with a shape, and a second array of the same shape for gradients. Nets compute with blobs.
 * The layout is row-major. Images are N·C·H·W.
 *
 * `data` and `diff` are `Float32Array`s on Caffe's own memory, not copies. You get the same array as long as the blob
 * uses the same memory. After a `reshape` (by you, or by a net that runs), read the property again: an array whose
 * memory the blob no longer uses has length 0. `slice()` makes a copy that stays valid.
 *
 * While a net runs asynchronously, its blobs refuse access (ERR_CAFFE_BUSY) outside of layer callbacks.
 *
 * A blob belongs to the JavaScript thread that made it. The blobs of a disposed net stay readable.
 */
export class Blob extends native.Blob {
  // A layer's inner loop may use blob.data[i]. While a view's stamp equals the epoch's stamp, the view is valid and
  // needs no native call (except after the user has detached it).
  #data = noView;
  #diff = noView;
  readonly #dataSlot = this.stampSlot('data');
  readonly #diffSlot = this.stampSlot('diff');
  // The same for the shape: an inner loop may say data[i] /= blob.num.
  // V8 reads a field three times as fast as an element of a frozen array.
  #shape: readonly number[] = noShape;
  #count = 1;
  #num = 1;
  #channels = 1;
  #height = 1;
  #width = 1;
  readonly #shapeSlot = this.stampSlot('shape');

  /**
   * Makes a blob that is filled with zeros.
   *
   * @param shape - the size of each axis, for up to 32 axes. No axes make a scalar with one element. A size of 0 makes
   * an empty blob
   * @throws {RangeError} for a shape that Caffe cannot hold (more than 2³¹ - 1 elements)
   */
  constructor(...shape: number[]) {
    // The addon makes the blobs of nets through this constructor too. It passes a handle instead of a shape.
    super(types.isExternal(shape[0]) ? (shape[0] as never) : expectBlobShape(shape));
  }

  /** What `console.log` and `util.inspect` print: shape, least and greatest value, the first of the data. */
  [inspect.custom](depth: number, options: InspectOptionsStylized): string {
    return blobText(this, depth, options);
  }

  /** Asks for the shape, after something may have changed it. */
  #readShape(): void {
    const shape = [...super.shape]; // of this realm: Node-API makes arrays of the main one
    if (shape.length === this.#shape.length && shape.every((size, axis) => size === this.#shape[axis])) return;
    this.#shape = Object.freeze(shape);
    this.#count = countOf(shape);
    const [num = 1, channels = 1, height = 1, width = 1] = shape;
    const legacy = shape.length <= mostLegacyAxes;
    this.#num = legacy ? num : refused;
    this.#channels = legacy ? channels : refused;
    this.#height = legacy ? height : refused;
    this.#width = legacy ? width : refused;
  }

  /**
   * The size of each axis, as a frozen array. It is the same array as long as the blob keeps its shape. Reading it, or
   * one of the next five properties, asks Caffe only if Caffe has run in between.
   */
  override get shape(): readonly number[] {
    if (stamps[this.#shapeSlot] !== stamps[0]) this.#readShape();
    return this.#shape;
  }

  /** The number of elements: the product of {@link shape}. */
  get count(): number {
    if (stamps[this.#shapeSlot] !== stamps[0]) this.#readShape();
    return this.#count;
  }

  /**
   * The first axis of a blob of at most 4 axes; 1 if it has none.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK with more than 4 axes. So do the next three properties
   */
  override get num(): number {
    if (stamps[this.#shapeSlot] !== stamps[0]) this.#readShape();
    return this.#num === refused ? super.num : this.#num;
  }

  /** The second axis; see {@link num}. */
  override get channels(): number {
    if (stamps[this.#shapeSlot] !== stamps[0]) this.#readShape();
    return this.#channels === refused ? super.channels : this.#channels;
  }

  /** The third axis; see {@link num}. */
  override get height(): number {
    if (stamps[this.#shapeSlot] !== stamps[0]) this.#readShape();
    return this.#height === refused ? super.height : this.#height;
  }

  /** The fourth axis; see {@link num}. */
  override get width(): number {
    if (stamps[this.#shapeSlot] !== stamps[0]) this.#readShape();
    return this.#width === refused ? super.width : this.#width;
  }

  /**
   * The values, to read and write. On the GPU, a read marks them as changed by the CPU. Prefer {@link cpuData} there.
   */
  get data(): Float32Array {
    if (stamps[this.#dataSlot] !== stamps[0] || this.#data.length === 0) this.#data = this.dataArray();
    return this.#data;
  }

  /** The gradients, to read and write. See {@link data}. */
  get diff(): Float32Array {
    if (stamps[this.#diffSlot] !== stamps[0] || this.#diff.length === 0) this.#diff = this.diffArray();
    return this.#diff;
  }

  /** The values, to read only. It is the same array as {@link data}, but the GPU's copy stays valid. */
  get cpuData(): Float32Array {
    if (stamps[this.#dataSlot] !== stamps[0] || this.#data.length === 0) this.#data = this.cpuDataArray();
    return this.#data;
  }

  /** The gradients, to read only. See {@link cpuData}. */
  get cpuDiff(): Float32Array {
    if (stamps[this.#diffSlot] !== stamps[0] || this.#diff.length === 0) this.#diff = this.cpuDiffArray();
    return this.#diff;
  }

  /**
   * The values on the GPU, to read: an opaque pointer for kernels and `math` only. Values that are newer on the CPU
   * are copied to the GPU now, and again at each use if they have changed since. The pointer is valid until the blob
   * uses other memory (after a reshape that grows the blob or changes its count). After that, using it is an error:
   * ERR_CAFFE_DISPOSED. The same holds for the next three properties.
   *
   * @throws {CaffeError} ERR_CAFFE_NO_GPU in a build without CUDA, or without a GPU
   * @throws {RangeError} for an empty blob
   */
  get gpuData(): DevicePointer {
    requireCuda();
    return this.gpuDataPointer() as DevicePointer;
  }

  /**
   * The values on the GPU, to read and write. From the next use of the pointer on, the values on the CPU count as
   * outdated. See {@link gpuData}.
   */
  get mutableGpuData(): DevicePointer {
    requireCuda();
    return this.mutableGpuDataPointer() as DevicePointer;
  }

  /** The gradients on the GPU, to read. See {@link gpuData}. */
  get gpuDiff(): DevicePointer {
    requireCuda();
    return this.gpuDiffPointer() as DevicePointer;
  }

  /** The gradients on the GPU, to read and write. See {@link mutableGpuData}. */
  get mutableGpuDiff(): DevicePointer {
    requireCuda();
    return this.mutableGpuDiffPointer() as DevicePointer;
  }

  /**
   * Gives the blob another shape. The memory grows when needed and never shrinks. When it grows, values and gradients
   * start at 0.
   *
   * @throws {RangeError} for a shape that Caffe cannot hold
   */
  reshape(...shape: number[] | [shape: readonly number[]]): void {
    this.reshapeTo(expectBlobShape(Array.isArray(shape[0]) ? shape[0] : shape));
  }

  /** Takes the shape of another blob. */
  reshapeLike(other: Blob): void {
    this.reshapeTo([...expectBlob(other, 'other').shape]);
  }

  /**
   * The index in {@link data} of the element at these indices, one for each axis. Missing ones at the end are 0: in a
   * blob of N·C·H·W, `offset(n, c)` is where a channel begins. `blob.diff[blob.offset(n, c, h, w)]` is a gradient.
   *
   * @throws {RangeError} for more indices than axes, or one that is not from 0 to its axis' size - 1
   */
  offset(...indices: number[]): number {
    const { shape } = this;
    if (indices.length > shape.length) {
      throw new RangeError(
        `Expected at most ${shape.length} indices, one for each axis, but received ${indices.length}`,
      );
    }
    let offset = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const size = shape[axis] ?? 0;
      const index = expectNumber(indices[axis] ?? 0, `the index of axis ${axis}`);
      if (!(Number.isInteger(index) && index >= 0 && index < size)) {
        throw new RangeError(`Expected an index of axis ${axis} from 0 to ${size - 1} but received ${index}`);
      }
      offset = offset * size + index;
    }
    return offset;
  }

  /**
   * The value at these indices, one for each axis, as in {@link offset}. Inner loops are faster on `data`.
   *
   * @throws {RangeError} as {@link offset}, and unless there is one index for each axis
   */
  at(...indices: number[]): number {
    if (indices.length !== this.shape.length) {
      throw new RangeError(`Expected ${this.shape.length} indices, one for each axis, but received ${indices.length}`);
    }
    return this.cpuData[this.offset(...indices)] ?? NaN;
  }

  /**
   * One piece of the values along the first axis, such as one image of N·C·H·W, or of the gradients if `diff` is true.
   * It is a view on Caffe's memory, not a copy, and as valid as {@link data}.
   *
   * @param index - from 0 to `shape[0]` - 1
   * @throws {RangeError} for another index, or a blob without axes
   */
  row(index: number, options: { diff?: boolean } = {}): Float32Array {
    const values = expectBoolean(expectOptions(options, ['diff']).diff ?? false, 'diff') ? this.diff : this.data;
    const [rows] = this.shape;
    if (rows === undefined) throw new RangeError('Expected a blob with axes for row but this one is a scalar');
    if (rows === 0) throw new RangeError(`Expected a blob with rows but its shape is (${this.shape.join(', ')})`);
    const size = this.count / rows;
    const begin = expectInteger(index, 'index', 0, rows - 1) * size;
    return values.subarray(begin, begin + size);
  }

  /**
   * Sets all values, or all gradients if `diff` is true. What has fewer axes than the blob is repeated along the first
   * ones, like numpy's `data[...] = values`:
   * - a number goes to every element;
   * - an array of numbers goes to the blob, or to each of its rows, or of their rows: its length is the product of the
   *   last axes;
   * - `{ data, shape }` follows numpy's rule: from the last axis on, each size is the blob's, or 1 to be repeated. A
   *   mean of shape (3, 1, 1) fits a blob of (10, 3, 227, 227).
   *
   * `blob.data.set(values)` checks none of this: it leaves the rest of a blob as it was.
   *
   * @throws {RangeError} for values that do not fit the blob; nothing is written then
   */
  set(values: number | ArrayLike<number> | NdArray<Values>, options: { diff?: boolean } = {}): void {
    const diff = expectBoolean(expectOptions(options, ['diff']).diff ?? false, 'diff');
    if (typeof values === 'number') (diff ? this.diff : this.data).fill(values);
    else if (isNdArray(values)) repeat(expectFitting(values, this.shape), this.shape, diff ? this.diff : this.data);
    else if (typeof values !== 'object' || (values as unknown) === null) {
      throw argumentError('a number, an array of numbers or { data, shape }', 'values', values);
    } else repeatFlat(expectValues(values, 'values'), this.shape, diff ? this.diff : this.data);
  }

  /** Multiplies the values by `factor`, in place. */
  override scaleData(factor: number): void {
    super.scaleData(expectNumber(factor, 'factor'));
  }

  /** Multiplies the gradients by `factor`, in place. */
  override scaleDiff(factor: number): void {
    super.scaleDiff(expectNumber(factor, 'factor'));
  }

  /**
   * Shares the values of another blob of the same count. After that, both blobs use the same memory and see every
   * change.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK if the counts differ
   */
  override shareData(other: Blob): void {
    super.shareData(expectBlob(other, 'other'));
  }

  /**
   * Shares the gradients of another blob of the same count.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK if the counts differ
   */
  override shareDiff(other: Blob): void {
    super.shareDiff(expectBlob(other, 'other'));
  }

  /**
   * Copies the values of another blob, or its gradients if `diff` is true.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK if the shapes differ and `reshape` is not set
   */
  copyFrom(source: Blob, options: { diff?: boolean; reshape?: boolean } = {}): void {
    const { diff = false, reshape = false } = expectOptions(options, ['diff', 'reshape']);
    this.copyValues(expectBlob(source, 'source'), expectBoolean(diff, 'diff'), expectBoolean(reshape, 'reshape'));
  }

  /** Serializes the blob as the bytes of a BlobProto. `diff` adds the gradients. */
  toProto(options: { diff?: boolean } = {}): Uint8Array {
    return this.toBytes(expectBoolean(expectOptions(options, ['diff']).diff ?? false, 'diff'));
  }

  /**
   * Takes the shape, the values and, if present, the gradients from the bytes of a BlobProto.
   *
   * @throws {CaffeError} ERR_CAFFE_FORMAT for bytes that are not a BlobProto
   */
  fromProto(bytes: Uint8Array): void {
    if (!isUint8Array(bytes)) throw argumentError('a Uint8Array', 'bytes', bytes);
    this.fromBytes(bytes, true);
  }

  static {
    inAnyCopy(Blob, 'Blob');
  }
}
