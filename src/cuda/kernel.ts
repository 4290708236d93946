import type { NativeKernel } from '../../typings/native.js';
import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError, expectInteger, expectOptions, expectString, expectStrings } from '../error/argument.js';
import { expectSizes, packArguments, type KernelArgument } from './arguments.js';
import { requireCuda } from './require-cuda.js';

/** The extent along x, y and z. Missing values are 1. */
export type Extent = number | readonly [x: number, y?: number, z?: number];

/** The options of {@link Kernel.launch}. */
export interface LaunchOptions {
  /** The number of blocks. */
  grid: Extent;
  /** The number of threads per block. */
  block: Extent;
  /**
   * Bytes of `extern __shared__` memory per block. More than 48 KiB works as far as the device supports it. 0 by
   * default.
   */
  sharedBytes?: number;
}

/** The options of {@link compile}. */
export interface CompileOptions {
  /** The kernel's name in the source, with template arguments if it has any: `scale<float>`. */
  name: string;
  /**
   * The target: `sm_90` for one generation of GPUs; `compute_90` for that one and later ones, with a second compilation
   * at the launch. By default, the GPU of this thread.
   */
  arch?: string;
  /** Options for NVRTC, such as `--use_fast_math` or `-DN=64`. */
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

/** A kernel that runs on the GPU. {@link compile} makes it. */
export class Kernel {
  /** The kernel's name, as given to {@link compile}. */
  readonly name: string;
  readonly #native: NativeKernel;
  // Filled for each launch: grid x, y, z, block x, y, z and the bytes of shared memory; and 8 bytes for each argument.
  readonly #geometry = new Uint32Array(7);
  #values = new Uint8Array(64);
  #view = new DataView(this.#values.buffer);
  #limits: ReturnType<NativeKernel['limits']> | undefined;

  /** @internal */
  constructor(name: string, native: NativeKernel) {
    this.name = name;
    this.#native = native;
  }

  /** The compiler's messages: warnings, or an empty string. */
  get log(): string {
    return this.#native.log().replace(/\0+$/, '').trim();
  }

  /**
   * Starts the kernel on Caffe's stream: after all work started before it, and before all later work. It does not wait.
   * An error that the kernel causes on the GPU shows up in a later call (`cuda.synchronize()` waits for it). A launch
   * takes about twice as long as one in CUDA C++ (docs/benchmarks.md).
   *
   * @param args - one for each parameter of the kernel: a device pointer, a number made by `cuda.i32(...)` or similar,
   * or `null` for a null pointer. A writable pointer counts as written.
   * @throws {TypeError} if the number or the size of the arguments differs from the kernel's parameters (checked from
   * CUDA 12.4 on)
   * @throws {RangeError} if a block has more threads than the kernel supports, or an extent is out of range
   * @throws {CaffeError} ERR_CAFFE_CUDA if the driver refuses the launch; ERR_CAFFE_DISPOSED for a pointer whose blob
   * has been reshaped
   */
  launch(options: LaunchOptions, args: readonly KernelArgument[]): void {
    const { grid, block, sharedBytes = 0 } = expectOptions(options, ['grid', 'block', 'sharedBytes']);
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

  static {
    inAnyCopy(Kernel, 'Kernel');
  }
}

const compiled = new Map<string, Kernel>();

/**
 * Compiles a kernel from CUDA C++ with NVRTC, NVIDIA's run-time compiler. NVRTC comes with the CUDA toolkit; the first
 * call loads it. Compiling takes some 100 ms. Each JavaScript thread compiles the same source with the same options
 * only once.
 *
 * @throws {RangeError} if `arch` is not `sm_NN` or `compute_NN`
 * @throws {CaffeError} ERR_CAFFE_CUDA with the compiler's log if the source is wrong, or if NVRTC is missing;
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
  const { name, arch, options = [] } = expectOptions(compileOptions, ['name', 'arch', 'options']);
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
