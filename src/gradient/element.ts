/** A value for a message: as many digits as a float has. */
export function shown(value: number | undefined): string {
  return String(Number((value ?? NaN).toPrecision(7)));
}

/** Names an element by its place in the shape: `bottom[0][2, 1]`; that of a scalar is the blob itself. */
export function element(blob: string, index: number, shape: readonly number[]): string {
  if (shape.length === 0) return blob;
  const place: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `${blob}[${place.join(', ')}]`;
}
