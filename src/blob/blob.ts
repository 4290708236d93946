import { types } from 'node:util';
import { requireCuda } from '../cuda/require-cuda.js';
import type { DevicePointer } from '../cuda/device-pointer.js';
import { argumentError, expectBoolean, expectNumber, expectOptions, expectShape } from '../error/argument.js';
import { native } from '../native/load.js';

const { stamps } = native;
const noView: Float32Array = new Float32Array(0);
const mostAxes = 32;
const mostElements = 2 ** 31 - 1;

/** A shape that Caffe can hold. */
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
  if (!(value instanceof native.Blob)) throw argumentError('a Blob', name, value);
  return value as Blob;
}

/**
 * An array of 32-bit floats with a shape, and a second one of the same shape for gradients: what nets compute with.
 * Layouts are row-major; images are N·C·H·W.
 *
 * `data` and `diff` are `Float32Array`s on Caffe's own memory, not copies. The same array comes out as long as the blob
 * uses the same memory; after a `reshape` (its own, or one by a net that runs) take it anew: an array whose memory the
 * blob no longer uses has length 0. `slice()` makes a copy that stays. While a net runs asynchronously its blobs refuse
 * to be touched (ERR_CAFFE_BUSY) outside of layer callbacks.
 *
 * Blobs belong to the thread of JavaScript that made them. Those of a net that has been disposed stay readable.
 */
export class Blob extends native.Blob {
  // A layer's inner loop may well say blob.data[i]: while a view's stamp is that of the epoch, it is right and no call
  // is needed (but after its user has detached it).
  #data = noView;
  #diff = noView;
  readonly #dataSlot = this.stampSlot(false);
  readonly #diffSlot = this.stampSlot(true);

  /**
   * A blob of one's own, filled with zeros.
   *
   * @param shape - the size of each axis, up to 32; none makes a scalar of one element, a 0 an empty blob
   * @throws {RangeError} for a shape that Caffe cannot hold (2³¹ - 1 elements)
   */
  constructor(...shape: number[]) {
    // The addon makes the blobs of nets through this constructor too, with a handle in the place of a shape.
    super(types.isExternal(shape[0]) ? (shape[0] as never) : expectBlobShape(shape));
  }

  /**
   * The values, to read and write. On the GPU, reading marks them as changed by the CPU: there, prefer {@link cpuData}.
   */
  get data(): Float32Array {
    if (stamps[this.#dataSlot] !== stamps[0] || this.#data.length === 0) this.#data = this.dataArray();
    return this.#data;
  }

  /** The gradients, to read and write; see {@link data}. */
  get diff(): Float32Array {
    if (stamps[this.#diffSlot] !== stamps[0] || this.#diff.length === 0) this.#diff = this.diffArray();
    return this.#diff;
  }

  /** The values, to read only: the same array as {@link data}, but a GPU's copy stays valid. */
  get cpuData(): Float32Array {
    if (stamps[this.#dataSlot] !== stamps[0] || this.#data.length === 0) this.#data = this.cpuDataArray();
    return this.#data;
  }

  /** The gradients, to read only; see {@link cpuData}. */
  get cpuDiff(): Float32Array {
    if (stamps[this.#diffSlot] !== stamps[0] || this.#diff.length === 0) this.#diff = this.cpuDiffArray();
    return this.#diff;
  }

  /**
   * The values on the GPU, to read: an opaque pointer for kernels, `math` and nothing else. Values that are newer on
   * the CPU are copied there now, and again at each use if they have changed meanwhile. The pointer is good until the
   * blob uses other memory (a reshape that grows it, or changes its count); then its use is an error. Likewise the
   * three that follow.
   *
   * @throws {CaffeError} ERR_CAFFE_NO_GPU in a build without CUDA, or without a GPU
   * @throws {RangeError} for an empty blob
   */
  get gpuData(): DevicePointer {
    requireCuda();
    return this.gpuDataPointer() as DevicePointer;
  }

  /**
   * The values on the GPU, to read and write: from its next use on, those on the CPU count as old. See {@link gpuData}.
   */
  get mutableGpuData(): DevicePointer {
    requireCuda();
    return this.mutableGpuDataPointer() as DevicePointer;
  }

  /** The gradients on the GPU, to read; see {@link gpuData}. */
  get gpuDiff(): DevicePointer {
    requireCuda();
    return this.gpuDiffPointer() as DevicePointer;
  }

  /** The gradients on the GPU, to read and write; see {@link mutableGpuData}. */
  get mutableGpuDiff(): DevicePointer {
    requireCuda();
    return this.mutableGpuDiffPointer() as DevicePointer;
  }

  /**
   * Gives the blob another shape. Memory grows when it must and never shrinks; where it grows, values and gradients
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

  /** Multiplies the values, in place. */
  override scaleData(factor: number): void {
    super.scaleData(expectNumber(factor, 'factor'));
  }

  /** Multiplies the gradients, in place. */
  override scaleDiff(factor: number): void {
    super.scaleDiff(expectNumber(factor, 'factor'));
  }

  /** Uses the values of another blob of the same count as its own: afterwards both see every change. */
  override shareData(other: Blob): void {
    super.shareData(expectBlob(other, 'other'));
  }

  /** Uses the gradients of another blob of the same count as its own. */
  override shareDiff(other: Blob): void {
    super.shareDiff(expectBlob(other, 'other'));
  }

  /**
   * Copies the values of another blob, or with `diff` its gradients.
   *
   * @throws {CaffeError} ERR_CAFFE_CHECK if the shapes differ and `reshape` is not set
   */
  copyFrom(source: Blob, options: { diff?: boolean; reshape?: boolean } = {}): void {
    const { diff = false, reshape = false } = expectOptions(options);
    this.copyValues(expectBlob(source, 'source'), expectBoolean(diff, 'diff'), expectBoolean(reshape, 'reshape'));
  }

  /** The blob as the bytes of a BlobProto. */
  toProto(options: { diff?: boolean } = {}): Uint8Array {
    return this.toBytes(expectBoolean(expectOptions(options).diff ?? false, 'diff'));
  }

  /** Takes shape, values and, if they are there, gradients from the bytes of a BlobProto. */
  fromProto(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array)) throw argumentError('a Uint8Array', 'bytes', bytes);
    this.fromBytes(bytes, true);
  }
}
