import type { Goal } from './benchmark.js';
import type { Clock, Trial } from './trial.js';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of each quantity that the rounds measured by one clock. */
export function medians(rounds: readonly Trial[], clock: Clock): Record<string, number> {
  const quantities = Object.keys(rounds[0]?.[clock] ?? {});
  return Object.fromEntries(
    quantities.map((quantity) => [quantity, median(rounds.map((round) => round[clock]?.[quantity] ?? NaN))]),
  );
}

/**
 * What the goal speaks of, and whether it is met; undefined where a contender is absent. A ratio is the median of the
 * rounds' ratios: what else the machine does then meets both, so that it varies much less than the figures themselves.
 */
export function judge(goal: Goal, rounds: Record<string, Trial[]>): { figure: number; met: boolean } | undefined {
  const { of, quantity, clock, against, than = quantity, atMost } = goal;
  const others = against === undefined ? undefined : (rounds[against] ?? []);
  const ratios = (rounds[of] ?? []).map((round, i) => {
    const other = others === undefined ? 1 : others[i]?.[clock]?.[than];
    return (round[clock]?.[quantity] ?? NaN) / (other ?? NaN);
  });
  if (ratios.length === 0 || others?.length === 0) return undefined;
  const figure = median(ratios);
  return { figure, met: figure <= atMost };
}
