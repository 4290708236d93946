import { countOf, expectArray, type NdArray, type Values } from '../io/nd-array.js';

const { min } = Math;

/**
 * Checks that numpy would broadcast the array to the shape, and drops leading axes of size 1 beyond it.
 *
 * @internal
 */
export function expectFitting(values: NdArray<Values>, shape: readonly number[]): NdArray<Values> {
  const { data, shape: given } = expectArray(values, 'values');
  const extra = given.length - shape.length;
  const sizes = given.slice(Math.max(extra, 0));
  const fits =
    given.slice(0, Math.max(extra, 0)).every((size) => size === 1) &&
    sizes.every((size, axis) => size === 1 || size === shape[shape.length - sizes.length + axis]);
  if (fits) return { data, shape: sizes };
  throw new RangeError(
    `Expected values whose axes are, from the last on, those of the blob (${shape.join(', ')}), or 1, but received ` +
      `(${given.join(', ')})`,
  );
}

/** Fills what follows the first `written` elements with copies of them. */
function double(to: Float32Array, written: number): void {
  for (let done = written; done < to.length; done *= 2) to.copyWithin(done, 0, min(done, to.length - done));
}

/** Writes the array to all elements of `to`, whose shape is `shape`. @internal */
export function repeat({ data, shape: given }: NdArray<Values>, shape: readonly number[], to: Float32Array): void {
  if (to.length === 0) return;
  const sizes = [...shape.map(() => 1).slice(given.length), ...given];
  const write = (axis: number, source: Values, target: Float32Array): void => {
    if (source.length === target.length) {
      target.set(source);
      return;
    }
    if (source.length === 1) {
      target.fill(source[0] ?? NaN);
      return;
    }
    const rows = shape[axis] ?? 1;
    const size = target.length / rows;
    if (sizes[axis] === 1) {
      write(axis + 1, source, target.subarray(0, size));
      double(target, size);
      return;
    }
    const length = source.length / rows;
    for (let row = 0; row < rows; row++) {
      write(axis + 1, source.subarray(row * length, (row + 1) * length), target.subarray(row * size, (row + 1) * size));
    }
  };
  write(0, data.buffer === to.buffer ? data.slice() : data, to);
}

/**
 * The same for values without a shape of their own: as many as the last axes have.
 *
 * @throws {RangeError} if no number of last axes has so many
 * @internal
 */
export function repeatFlat(values: ArrayLike<number>, shape: readonly number[], to: Float32Array): void {
  const counts = [...shape.keys(), shape.length].map((axis) => countOf(shape.slice(axis)));
  if (!counts.includes(values.length)) {
    throw new RangeError(
      `Expected ${[...new Set(counts)].join(' or ')} values for a blob of shape (${shape.join(', ')}) ` +
        `but received ${values.length}`,
    );
  }
  if (to.length === 0) return;
  to.set(values);
  double(to, values.length);
}
