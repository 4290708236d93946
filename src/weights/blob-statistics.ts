/** What the values of a blob are like. */
export interface BlobStatistics {
  /** Of the finite values; NaN if there is none. */
  min: number;
  max: number;
  mean: number;
  /** The standard deviation, with the number of values as the divisor. */
  std: number;
  /** How many are NaN. */
  nan: number;
  /** How many are infinite. */
  infinite: number;
}

export function statisticsOf(values: Float32Array): BlobStatistics {
  let [nan, infinite, sum, min, max] = [0, 0, 0, Infinity, -Infinity];
  for (const value of values) {
    if (Number.isFinite(value)) {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    } else if (Number.isNaN(value)) nan++;
    else infinite++;
  }
  const finite = values.length - nan - infinite;
  if (finite === 0) return { min: NaN, max: NaN, mean: NaN, std: NaN, nan, infinite };
  const mean = sum / finite;
  let squares = 0;
  for (const value of values) if (Number.isFinite(value)) squares += (value - mean) ** 2;
  return { min, max, mean, std: Math.sqrt(squares / finite), nan, infinite };
}

/** How the values of two blobs of one size differ. */
export interface ValueDifference {
  /** How many differ. A NaN is the same as a NaN. */
  differing: number;
  /** The largest difference; NaN if there is a NaN in one of them only. */
  largest: number;
  /** The index of that value. */
  at: number;
}

export function valueDifference(before: Float32Array, after: Float32Array): ValueDifference {
  let [differing, largest, at] = [0, 0, 0];
  for (let i = 0; i < before.length; i++) {
    const [one = NaN, other = NaN] = [before[i], after[i]];
    if (one === other || (Number.isNaN(one) && Number.isNaN(other))) continue;
    differing++;
    const difference = Math.abs(one - other);
    if (Number.isNaN(largest) || difference <= largest) continue;
    [largest, at] = [difference, i];
  }
  return { differing, largest, at };
}
