/** Says what was expected, what came, and for which argument. @internal */
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

/** @internal */
export function expectInteger(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== 'number') throw argumentError('an integer', name, value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Expected an integer from ${least} to ${most} for ${name} but received ${value}`);
  }
  return value;
}
