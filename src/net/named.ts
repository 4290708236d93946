import { inspect } from 'node:util';
import { didYouMean } from '../error/argument.js';
import { inOrder } from '../order/in-order.js';

/** Names that Node.js, promises, JSON, test runners and tools look up in any object, to find out what it is. */
const askedOfAnything: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['then', 'toJSON', 'inspect', 'href', 'protocol', 'length', 'size', 'nodeType', 'tagName', 'splice', 'default'],
  ...['$$typeof', 'asymmetricMatch', '_isMockFunction', 'prototype', 'name', 'message', 'stack', 'at', 'join'],
]);

/** What each of these objects is about, and the names that may be asked for though they have no entry. */
const described = new WeakMap<object, { what: string; names: readonly string[]; absent: ReadonlySet<string> }>();

// The prototype of all these objects. An entry is found before it is asked, and so costs what it costs in any object;
// a proxy around the entries would make it five times as much.
const refusal: object = new Proxy(Object.create(null) as object, {
  get(_, name, object: object) {
    const description = described.get(object);
    if (typeof name === 'symbol' || description === undefined) return undefined;
    const { what, names, absent } = description;
    if (absent.has(name) || askedOfAnything.has(name)) return undefined;
    const near = didYouMean(name, names) || `; it has (${names.join(', ')})`;
    throw new RangeError(`The net has no ${what} "${name}"${near}`);
  },
});

/**
 * Makes a name that the object does not have a RangeError with the nearest one. `name in object` and `Object.keys` ask
 * without it. Nothing can be added to the object after that.
 *
 * @param what - what it is that the object has by name, as in `blob`
 * @param absent - names that give undefined, though the object does not have them
 * @param order - the object's own names, in the order in which it iterates
 * @internal
 */
export function refusingOthers<T extends object>(
  what: string,
  object: T,
  absent: readonly string[] = [],
  order: readonly string[] = Object.keys(object),
): Readonly<T> {
  return describing(what, Object.freeze(Object.setPrototypeOf(object, refusal) as T), absent, order);
}

function describing<T extends object>(what: string, object: T, absent: readonly string[], order: readonly string[]): T {
  const description = { what, names: [...order, ...absent], absent: new Set(absent) };
  described.set(object, description);
  const ordered = inOrder(object, order);
  described.set(ordered, description); // the receiver, where it is another object
  return ordered;
}

/**
 * Makes an object whose keys are names from a file, and in the order of the file. `constructor` and `__proto__` are
 * valid keys too. Of several entries with one name the last counts, in the place of the first. For other names see
 * {@link refusingOthers}.
 *
 * @internal
 */
export function named<T>(
  what: string,
  entries: Iterable<readonly [string, T]>,
  absent: readonly string[] = [],
): Record<string, T> {
  const values = new Map(entries);
  const object = Object.create(null) as Record<string, T>;
  for (const [name, value] of values) object[name] = value;
  return refusingOthers(what, object, absent, [...values.keys()]);
}

/**
 * The same with values that are made when somebody first asks for them. A net's memory goes with the net where nobody
 * has: 300 nets of 4 MB, made and disposed of in a loop, were in memory all at once.
 *
 * @param entries - each name, with what makes its value
 * @internal
 */
export function lazilyNamed<T>(
  what: string,
  entries: Iterable<readonly [string, () => T]>,
  absent: readonly string[] = [],
): Readonly<Record<string, T>> {
  const makers = new Map(entries);
  const object = Object.create(refusal) as Record<string, T>;
  for (const [name, make] of makers) {
    let value: T | undefined;
    Object.defineProperty(object, name, { get: () => (value ??= make()), enumerable: true });
  }
  // Node.js would print "[Getter]".
  Object.defineProperty(object, inspect.custom, { value: () => ({ ...object }) });
  return describing(what, Object.freeze(object), absent, [...makers.keys()]);
}

/** The entry of that name, for names that are not the program's own. @internal */
export function entryOf<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
