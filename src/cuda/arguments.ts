import { inAnyCopy } from '../copies/any-copy.js';
import { argumentError, expectInteger, expectNumber } from '../error/argument.js';
import { DevicePointer } from './device-pointer.js';

/** A number for a kernel's parameter. {@link i32} and similar functions make it. */
export class Scalar {
  /** @internal */
  constructor(
    /** The type of the parameter in CUDA C++. */
    readonly type: string,
    /** The size of the parameter, in bytes. @internal */
    readonly size: number,
    /** @internal */
    readonly write: (view: DataView, at: number) => void,
  ) {}

  static {
    inAnyCopy(Scalar, 'Scalar');
  }
}

/** An argument of a kernel: floats on the GPU, a number with its type, or `null` for a null pointer. */
export type KernelArgument = DevicePointer | Scalar | null;

/** Every platform with CUDA is little-endian. */
const little = true;
const bytesOfPointer = 8;

/**
 * An argument for a parameter of type `int`.
 *
 * @throws {RangeError} for a value outside -2³¹ ... 2³¹ - 1 or with a fraction
 */
export function i32(value: number): Scalar {
  expectInteger(value, 'value', -(2 ** 31), 2 ** 31 - 1);
  return new Scalar('int', 4, (view, at) => {
    view.setInt32(at, value, little);
  });
}

/**
 * An argument for a parameter of type `unsigned int`.
 *
 * @throws {RangeError} for a value outside 0 ... 2³² - 1 or with a fraction
 */
export function u32(value: number): Scalar {
  expectInteger(value, 'value', 0, 2 ** 32 - 1);
  return new Scalar('unsigned int', 4, (view, at) => {
    view.setUint32(at, value, little);
  });
}

/**
 * An argument for a parameter of type `long long`, or `size_t` if the value is not negative.
 *
 * @param value - from -2⁶³ to 2⁶³ - 1 as a bigint, or from -2⁵³ to 2⁵³ as a number
 * @throws {RangeError} for a value outside that range
 */
export function i64(value: number | bigint): Scalar {
  const wide = typeof value === 'bigint' ? value : BigInt(expectInteger(value, 'value', -(2 ** 53), 2 ** 53));
  if (BigInt.asIntN(64, wide) !== wide) {
    throw new RangeError(`Expected an integer from -2^63 to 2^63 - 1 for value but received ${wide}`);
  }
  return new Scalar('long long', 8, (view, at) => {
    view.setBigInt64(at, wide, little);
  });
}

/**
 * An argument for a parameter of type `float`: the float nearest to `value`.
 *
 * @throws {RangeError} for a finite number that is too large for a float
 */
export function f32(value: number): Scalar {
  expectNumber(value, 'value');
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
    throw new RangeError(`Expected a number that a float can hold, of at most 3.4e38, for value but received ${value}`);
  }
  return new Scalar('float', 4, (view, at) => {
    view.setFloat32(at, value, little);
  });
}

/** An argument for a parameter of type `double`. */
export function f64(value: number): Scalar {
  expectNumber(value, 'value');
  return new Scalar('double', 8, (view, at) => {
    view.setFloat64(at, value, little);
  });
}

function describe(argument: KernelArgument): [text: string, size: number] {
  if (argument instanceof Scalar) return [`${argument.type} (${argument.size} bytes)`, argument.size];
  return [`a pointer (${bytesOfPointer} bytes)`, bytesOfPointer];
}

/** Compares the arguments with the sizes of the kernel's parameters, as the driver reports them. @internal */
export function expectSizes(args: readonly KernelArgument[], sizes: readonly number[], kernel: string): void {
  if (args.length !== sizes.length) {
    throw new TypeError(`Expected ${sizes.length} arguments for kernel "${kernel}" but received ${args.length}`);
  }
  for (const [i, size] of sizes.entries()) {
    const [text, given] = describe(args[i] ?? null);
    if (given !== size) {
      throw new TypeError(
        `Expected a value of ${size} bytes for args[${i}] of kernel "${kernel}" but received ${text}`,
      );
    }
  }
}

/**
 * Writes the numbers into the buffer that native code reads, 8 bytes for each argument. Returns the pointers.
 *
 * @internal
 */
export function packArguments(args: readonly KernelArgument[], view: DataView): (DevicePointer | undefined)[] {
  return args.map((argument, i) => {
    if (argument instanceof DevicePointer) return argument;
    if (argument instanceof Scalar) argument.write(view, i * 8);
    else if (argument === null) view.setBigUint64(i * 8, 0n);
    else throw argumentError('a DevicePointer, cuda.i32(...), cuda.f32(...) or null', `args[${i}]`, argument);
    return undefined;
  });
}
