import { mkdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Goal } from './benchmark.js';
import type { Machine } from './machine.js';
import type { Trial } from './trial.js';

/** docs/benchmarks/NAME.json: all that the page says of one benchmark. */
export interface Results {
  name: string;
  title: string;
  about: string;
  machine: Machine;
  /** How many trials each contender had. */
  trials: number;
  /** How many rounds each trial had. */
  rounds?: number;
  contenders: ContenderResults[];
  goals: GoalResult[];
}

export interface ContenderResults {
  name: string;
  /** Why it did not run. */
  absent?: string;
  medians: Trial;
  /** All rounds, trial after trial. */
  trials: Trial[];
}

export interface GoalResult extends Goal {
  /** A ratio, or without `against` the figure itself; null where a contender is absent. */
  figure: number | null;
  met: boolean | null;
}

export const folder = fileURLToPath(new URL('../../docs/benchmarks', import.meta.url));

export function writeResults(results: Results): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${results.name}.json`, `${JSON.stringify(results, null, 2)}\n`);
}

export function readResults(name: string): Results | undefined {
  const path = `${folder}/${name}.json`;
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Results) : undefined;
}
