import type { Clock, Goal, Trial } from './benchmark.js';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of each quantity that the trials measured by one clock. */
export function medians(trials: readonly Trial[], clock: Clock): Record<string, number> {
  const quantities = Object.keys(trials[0]?.[clock] ?? {});
  return Object.fromEntries(
    quantities.map((quantity) => [quantity, median(trials.map((trial) => trial[clock]?.[quantity] ?? NaN))]),
  );
}

/** What the goal speaks of, and whether it is met; undefined where a contender is absent. */
export function judge(goal: Goal, trials: Record<string, Trial[]>): { figure: number; met: boolean } | undefined {
  const of = medians(trials[goal.of] ?? [], goal.clock)[goal.quantity];
  const against =
    goal.against === undefined ? 1 : medians(trials[goal.against] ?? [], goal.clock)[goal.than ?? goal.quantity];
  if (of === undefined || against === undefined) return undefined;
  return { figure: of / against, met: of / against <= goal.atMost };
}
