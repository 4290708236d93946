/** Two lists of named things, side by side. */
export interface Pairing<T> {
  /** Only in the first list. */
  removed: T[];
  /** Only in the second list. */
  added: T[];
  common: [before: T, after: T][];
  /** Whether those in both stand in another order. */
  reordered: boolean;
}

/** Pairs by name. Of several with one name the first goes with the first, the second with the second. */
export function pairByName<T extends { name: string }>(before: readonly T[], after: readonly T[]): Pairing<T> {
  const [these, those] = [numbered(before), numbered(after)];
  const only = (own: ReadonlyMap<string, T>, others: ReadonlyMap<string, T>): T[] =>
    [...own].flatMap(([key, one]) => (others.has(key) ? [] : [one]));
  const common = [...these].flatMap(([key, one]): [string, T, T][] => {
    const other = those.get(key);
    return other === undefined ? [] : [[key, one, other]];
  });
  return {
    removed: only(these, those),
    added: only(those, these),
    common: common.map(([, one, other]) => [one, other]),
    reordered: common.map(([key]) => key).join('\n') !== [...those.keys()].filter((key) => these.has(key)).join('\n'),
  };
}

function numbered<T extends { name: string }>(all: readonly T[]): Map<string, T> {
  const seen = new Map<string, number>();
  return new Map(
    all.map((one) => {
      const number = (seen.get(one.name) ?? 0) + 1;
      seen.set(one.name, number);
      return [JSON.stringify([one.name, number]), one];
    }),
  );
}
