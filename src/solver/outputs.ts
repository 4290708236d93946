/** Values of output blobs under their names: `name` for a blob of one value, else `name[i]`. */
export function nameOutputs(names: readonly string[], values: readonly ArrayLike<number>[]): Record<string, number> {
  const entries = values.flatMap((ofBlob, output) => {
    const name = names[output] ?? '';
    return Array.from(ofBlob, (value, i) => [ofBlob.length === 1 ? name : `${name}[${i}]`, value] as const);
  });
  return Object.fromEntries(entries);
}
