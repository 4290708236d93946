/**
 * The version of this package. Copies of the package with the same version may share their objects.
 *
 * @internal
 */
export const packageVersion = '0.2.0';

/**
 * A symbol that all copies of this version agree on.
 *
 * @internal
 */
export function sharedSymbol(name: string): symbol {
  return Symbol.for(`tscaffe ${packageVersion} ${name}`);
}

/**
 * Adds this copy's map to those that all copies in this realm have shared under this name.
 *
 * @returns all of them, the newest first
 * @internal
 */
export function shareMap<Value>(name: string, own: Map<string, Value>): readonly ReadonlyMap<string, Value>[] {
  const maps = ((globalThis as Record<symbol, unknown>)[sharedSymbol(name)] ??= []) as Map<string, Value>[];
  maps.unshift(own);
  return maps;
}

/**
 * Makes `instanceof` true for the objects of this class in any copy of the package, and for those of its subclasses. A
 * bundler or a test runner may evaluate the package twice, also in another realm. Then there are two classes of each
 * name, and an error or a blob of one copy reaches code that was written against the other.
 *
 * @param name - the name of the class; `constructor.name` may have been shortened
 * @internal
 */
export function inAnyCopy(constructor: { prototype: object }, name: string): void {
  const mark = sharedSymbol(name);
  Object.defineProperty(constructor.prototype, mark, { value: true });
  Object.defineProperty(constructor, Symbol.hasInstance, {
    value(this: unknown, object: unknown): boolean {
      // A subclass inherits this method.
      if (this !== constructor) return Function.prototype[Symbol.hasInstance].call(this as () => void, object);
      return typeof object === 'object' && object !== null && mark in object;
    },
  });
}
