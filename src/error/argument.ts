import { isBigInt64Array, isBigUint64Array } from 'node:util/types';
import leven from 'leven';

/**
 * Makes an error that says what was expected, what was received, and for which argument.
 *
 * @internal
 */
export function argumentError(expected: string, name: string, received: unknown): TypeError {
  const value =
    typeof received === 'string' || typeof received === 'number' || typeof received === 'boolean'
      ? `${JSON.stringify(received)} of type ${typeof received}`
      : received === null
        ? 'null'
        : typeof received === 'object'
          ? `an object of class ${(received as { constructor?: { name?: string } }).constructor?.name ?? 'null'}`
          : typeof received;
  return new TypeError(`Expected ${expected} for ${name} but received ${value}`);
}

/** @internal */
export function expectString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw argumentError('a string', name, value);
  return value;
}

/** @internal */
export function expectNumber(value: unknown, name: string): number {
  if (typeof value !== 'number') throw argumentError('a number', name, value);
  return value;
}

/** @internal */
export function expectBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw argumentError('true or false', name, value);
  return value;
}

/** @internal */
export function expectFunction<F extends (...args: never[]) => unknown>(value: F, name: string): F {
  if (typeof value !== 'function') throw argumentError('a function', name, value);
  return value;
}

/**
 * @param expected - a description of the object, such as `'{ shape, data }'`
 * @internal
 */
export function expectObject<T>(value: T, name: string, expected = 'an object'): T & object {
  if (typeof value !== 'object' || value === null) throw argumentError(expected, name, value);
  return value;
}

/**
 * Refuses names that are not known: what is misspelt would be ignored.
 *
 * @internal
 */
export function expectKnown(given: object, known: readonly string[], name: string): void {
  for (const one of Object.keys(given)) {
    if (known.includes(one)) continue;
    throw new TypeError(`${name}: there is no ${one}${didYouMean(one, known)}; there are ${known.join(', ')}`);
  }
}

/**
 * Checks an object of options, and that all of their names are known.
 *
 * @param known - the names of all options; without one of them it does not compile
 * @internal
 */
export function expectOptions<T extends object, const Known extends readonly (keyof T & string)[]>(
  options: T,
  known: Known & ([Exclude<keyof T, Known[number]>] extends [never] ? unknown : never),
  name = 'options',
): T {
  expectKnown(expectObject(options, name, 'an object of options'), known, name);
  return options;
}

/**
 * @param expected - a description of the array, such as `'an array of names'`
 * @internal
 */
export function expectList<T>(value: readonly T[], name: string, expected = 'an array'): readonly T[] {
  const given: unknown = value;
  if (!Array.isArray(given)) throw argumentError(expected, name, given);
  return value;
}

/** @internal */
export function expectStrings(value: readonly string[], name: string): readonly string[] {
  // Not forEach, which leaves out what was never set.
  for (const [index, each] of expectList(value, name, 'an array of strings').entries()) {
    expectString(each, `${name}[${index}]`);
  }
  return value;
}

/**
 * Checks for something with a length and numbers, which can be copied into a blob.
 *
 * @internal
 */
export function expectValues(value: unknown, name: string): ArrayLike<number> {
  const values = expectObject(value, name, 'an array of numbers') as ArrayLike<unknown>;
  if (typeof values.length !== 'number' || isBigInt64Array(values) || isBigUint64Array(values)) {
    throw argumentError('an array of numbers', name, value);
  }
  if (!ArrayBuffer.isView(values)) {
    for (let i = 0; i < values.length; i++) {
      if (typeof values[i] !== 'number') throw argumentError('a number', `${name}[${i}]`, values[i]);
    }
  }
  return values as ArrayLike<number>;
}

/** @internal */
export function expectNumbers(value: readonly number[], name: string): readonly number[] {
  expectValues(expectList(value, name, 'an array of numbers'), name);
  return value;
}

/** @internal */
export function expectIterable<T>(value: Iterable<T>, name: string, expected: string): Iterable<T> {
  const given: unknown = value;
  if (typeof given === 'object' && given !== null && Symbol.iterator in given) return value;
  throw argumentError(expected, name, value);
}

/**
 * @throws {RangeError} for another string
 * @throws {TypeError} for a value that is not a string
 * @internal
 */
export function expectOneOf<Choice extends string>(value: Choice, name: string, choices: readonly Choice[]): Choice {
  if (choices.includes(value)) return value;
  const texts = choices.map((choice) => `'${choice}'`);
  const error = argumentError(`${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`, name, value);
  throw typeof value === 'string' ? new RangeError(error.message) : error;
}

/** @internal */
export function expectInteger(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== 'number') throw argumentError('an integer', name, value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Expected an integer from ${least} to ${most} for ${name} but received ${value}`);
  }
  return value;
}

/**
 * @throws {RangeError} for a number that is negative or not finite
 * @internal
 */
export function expectNonNegative(value: unknown, name: string): number {
  const number = expectNumber(value, name);
  if (number >= 0 && Number.isFinite(number)) return number;
  throw new RangeError(`Expected a number from 0 on for ${name} but received ${number}`);
}

/** The largest 32-bit float. */
const mostFloat = (2 - 2 ** -23) * 2 ** 127;

/**
 * Checks the bounds of a uniform distribution. Boost's generator never ends for others than these.
 *
 * @internal
 */
export function expectBounds(a: unknown, b: unknown, nameOfA: string, nameOfB: string): void {
  const [least, most] = [expectNumber(a, nameOfA), expectNumber(b, nameOfB)];
  if (!(least <= most)) throw new RangeError(`Expected ${nameOfA} <= ${nameOfB} but received ${least} and ${most}`);
  if (Math.fround(least) > -mostFloat && Math.fround(most) < mostFloat) return;
  throw new RangeError(`Expected finite 32-bit floats for ${nameOfA} and ${nameOfB} but received ${least} and ${most}`);
}

/**
 * @param axes - how many sizes there must be; without it, any number
 * @internal
 */
export function expectShape(shape: unknown, name: string, axes?: number): readonly number[] {
  if (!Array.isArray(shape)) throw argumentError('an array of sizes', name, shape);
  if (axes !== undefined && shape.length !== axes) {
    throw new RangeError(`Expected ${axes} axes for ${name} but received (${shape.join(', ')})`);
  }
  return shape.map((size, axis) => expectInteger(size, `${name}[${axis}]`, 0, 2 ** 31 - 1));
}

/**
 * Names the known name that is closest to a wrong one, if one is close: `; did you mean kernelSize?`.
 *
 * @internal
 */
export function didYouMean(name: string, known: Iterable<string>): string {
  const [best] = [...known]
    .map((candidate) => ({ candidate, distance: leven(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const near = best !== undefined && best.distance < name.length && best.distance <= Math.max(2, name.length / 3);
  return near ? `; did you mean ${best.candidate}?` : '';
}
