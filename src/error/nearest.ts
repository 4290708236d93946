import leven from 'leven';

/** Names the known name that is most like a wrong one, if one is: `; did you mean kernelSize?`. @internal */
export function didYouMean(name: string, known: Iterable<string>): string {
  const [best] = [...known]
    .map((candidate) => ({ candidate, distance: leven(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? `; did you mean ${best.candidate}?` : '';
}
