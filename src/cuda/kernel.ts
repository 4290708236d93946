import type { NativeKernel } from '../../typings/native.js';
import { argumentError, expectInteger, expectOptions, expectString, expectStrings } from '../error/argument.js';
import { expectSizes, packArguments, type KernelArgument } from './arguments.js';
import { requireCuda } from './require-cuda.js';

/** How many along x, y and z; what is left out is 1. */
export type Extent = number | readonly [x: number, y?: number, z?: number];

export interface LaunchOptions {
  /** Blocks. */
  grid: Extent;
  /** Threads of a block. */
  block: Extent;
  /** Of `extern __shared__` memory for each block; above 48 KiB as far as the device has it. 0 by default. */
  sharedBytes?: number;
}

export interface CompileOptions {
  /** The kernel, as the source calls it, with template arguments if it has any: `scale<float>`. */
  name: string;
  /**
   * What to compile for: `sm_90` for one generation of GPUs, `compute_90` for it and later ones, compiled once more
   * where it is launched. By default the GPU of this thread.
   */
  arch?: string;
  /** NVRTC's, as `--use_fast_math` or `-DN=64`. */
  options?: readonly string[];
}

function writeExtent(extent: Extent, name: string, geometry: Uint32Array, at: number): void {
  if (typeof extent !== 'number' && !Array.isArray(extent)) {
    throw argumentError('a number or an array of up to three', name, extent);
  }
  const [x, y = 1, z = 1] = typeof extent === 'number' ? [extent] : (extent as readonly [number, number?, number?]);
  geometry[at] = expectInteger(x, `${name}.x`, 1, 2 ** 31 - 1);
  geometry[at + 1] = expectInteger(y, `${name}.y`, 1, 65_535);
  geometry[at + 2] = expectInteger(z, `${name}.z`, 1, 65_535);
}

/** A kernel that runs on the GPU; {@link compile} makes it. */
export class Kernel {
  readonly name: string;
  readonly #native: NativeKernel;
  // Filled anew for each launch: grid x, y, z, block x, y, z, bytes of shared memory; and 8 bytes for each argument.
  readonly #geometry = new Uint32Array(7);
  #values = new Uint8Array(64);
  #view = new DataView(this.#values.buffer);
  #limits: ReturnType<NativeKernel['limits']> | undefined;

  /** @internal */
  constructor(name: string, native: NativeKernel) {
    this.name = name;
    this.#native = native;
  }

  /** What the compiler had to say: warnings, or nothing. */
  get log(): string {
    return this.#native.log().replace(/\0+$/, '').trim();
  }

  /**
   * Starts the kernel on the stream on which Caffe works: after all that has been started before, ahead of all that
   * will be. It does not wait; a mistake that the kernel makes on the GPU shows in a later call (`cuda.synchronize()`
   * waits for it). A launch takes about twice the time of one in CUDA C++ (docs/benchmarks.md).
   *
   * @param args - one for each parameter of the kernel: device pointers, numbers by `cuda.i32(...)` and its like,
   * `null` for a null pointer. A pointer that may be written to counts as written.
   * @throws {TypeError} for arguments of another number or size than the kernel's parameters (sizes from CUDA 12.4 on)
   * @throws {RangeError} for a block of more threads than the kernel can have
   * @throws {CaffeError} ERR_CAFFE_CUDA where the driver refuses the launch; ERR_CAFFE_DISPOSED for a pointer whose
   * blob has been reshaped
   */
  launch(options: LaunchOptions, args: readonly KernelArgument[]): void {
    const { grid, block, sharedBytes = 0 } = expectOptions(options);
    const geometry = this.#geometry;
    writeExtent(grid, 'grid', geometry, 0);
    writeExtent(block, 'block', geometry, 3);
    geometry[6] = expectInteger(sharedBytes, 'sharedBytes', 0, 2 ** 31 - 1);
    if (!Array.isArray(args)) throw argumentError('an array', 'args', args);
    if (args.length * 8 > this.#values.length) this.#grow(args.length * 8);
    const pointers = packArguments(args, this.#view);
    this.#limits ??= this.#native.limits();
    const { threads, parameters } = this.#limits;
    if (parameters !== undefined) expectSizes(args, parameters, this.name);
    const [, , , x = 1, y = 1, z = 1] = geometry;
    if (x * y * z > threads) {
      throw new RangeError(
        `Expected at most ${threads} threads in a block of kernel "${this.name}" but received ${x} * ${y} * ${z}`,
      );
    }
    this.#native.launch(geometry, this.#values, pointers);
  }

  #grow(bytes: number): void {
    this.#values = new Uint8Array(bytes);
    this.#view = new DataView(this.#values.buffer);
  }
}

const compiled = new Map<string, Kernel>();

/**
 * Compiles a kernel from CUDA C++ by NVRTC, NVIDIA's compiler at run time, which comes with the CUDA toolkit and is
 * loaded by the first call. That takes some 100 ms; the same source with the same options is compiled once for each
 * thread of JavaScript.
 *
 * @throws {CaffeError} ERR_CAFFE_CUDA with the compiler's log where the source is wrong, or where there is no NVRTC;
 * ERR_CAFFE_NO_GPU in a build without CUDA, or without a GPU to compile for
 *
 * @example
 * ```ts
 * const scale = cuda.compile(
 *   `extern "C" __global__ void scale(const float* x, float* y, float by, int n) {
 *     int i = blockIdx.x * blockDim.x + threadIdx.x;
 *     if (i < n) y[i] = by * x[i];
 *   }`,
 *   { name: 'scale' },
 * );
 * scale.launch({ grid: Math.ceil(n / 256), block: 256 }, [x.gpuData, y.mutableGpuData, cuda.f32(2), cuda.i32(n)]);
 * ```
 */
export function compile(source: string, compileOptions: CompileOptions): Kernel {
  expectString(source, 'source');
  const { name, arch, options = [] } = expectOptions(compileOptions);
  expectString(name, 'name');
  if (arch !== undefined && !/^(sm|compute)_\d+[af]?$/.test(expectString(arch, 'arch'))) {
    throw new RangeError(`Expected sm_NN or compute_NN for arch but received ${arch}`);
  }
  const texts = [...expectStrings(options, 'options')];
  const cuda = requireCuda();
  const target = arch ?? cuda.arch();
  const key = JSON.stringify([source, name, target, texts]);
  let kernel = compiled.get(key);
  if (kernel === undefined) {
    kernel = new Kernel(name, new cuda.Kernel(source, name, target, texts));
    compiled.set(key, kernel);
  }
  return kernel;
}
