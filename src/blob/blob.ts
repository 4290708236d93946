import { types } from 'node:util';
import { isUint8Array } from 'node:util/types';
import { inAnyCopy } from '../copies/any-copy.js';
import { requireCuda } from '../cuda/require-cuda.js';
import type { DevicePointer } from '../cuda/device-pointer.js';
import { argumentError, expectBoolean, expectNumber, expectOptions, expectShape } from '../error/argument.js';
import { native } from '../native/load.js';

const { stamps } = native;
const noView: Float32Array = new Float32Array(0);
const mostAxes = 32;
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
  readonly #dataSlot = this.stampSlot(false);
  readonly #diffSlot = this.stampSlot(true);

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

  /** The size of each axis, as a new array. */
  override get shape(): number[] {
    return [...super.shape]; // of this realm: Node-API makes arrays of the main one
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
    this.reshapeTo(expectBlob(other, 'other').shape);
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
