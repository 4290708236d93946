/** Whether JavaScript would put these names of properties into another order. */
export function isReordered(names: readonly string[]): boolean {
  return Object.keys(Object.fromEntries(names.map((name) => [name, 0]))).some((name, i) => name !== names[i]);
}

/**
 * Gives an object that iterates in the order of these names, which are its own. JavaScript puts names that look like
 * indices first, in ascending order: of a net with the layers "10" and "9", as converters make them, everything was
 * paired with the wrong layer. Where JavaScript has the right order anyway, it is the object itself.
 *
 * @internal
 */
export function inOrder<T extends object>(object: T, names: readonly string[]): T {
  if (!isReordered(names)) return object;
  return new Proxy(object, {
    ownKeys: (target) => {
      const own = Reflect.ownKeys(target);
      return [...new Set<string | symbol>([...names.filter((name) => own.includes(name)), ...own])];
    },
  });
}
