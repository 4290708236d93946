/** An object whose keys are names out of a file: `constructor` or `__proto__` are as good as any. @internal */
export function named<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const object = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) object[name] = value;
  return Object.freeze(object);
}
