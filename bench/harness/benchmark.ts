import type { Runner } from './runner.js';
import type { Clock, Trial } from './trial.js';

/** The contenders that most benchmarks have. */
export const tscaffe = 'tscaffe';
export const pycaffe = 'pycaffe';
export const caffe = 'Caffe (C++)';

export interface Contender {
  name: string;
  /** It runs pycaffe's program, which need not be there. */
  needsPycaffe?: boolean;
  /** A trial: the process runs when its turn has come, round after round. `folder` holds what `prepare` wrote. */
  start?(folder: string): Promise<Runner>;
  /** In its place: a trial, at once. */
  run?(folder: string): Trial;
}

/**
 * Contender `of` takes at most `atMost` times what contender `against` takes for the same quantity, or for quantity
 * `than`; without `against`: at most `atMost`.
 */
export interface Goal {
  of: string;
  quantity: string;
  clock: Clock;
  against?: string;
  than?: string;
  atMost: number;
}

export interface Benchmark {
  /** What `npm run bench NAME` says; the JSON and the picture are named for it. */
  name: string;
  title: string;
  /** What is measured, in a sentence or two of Markdown. */
  about: string;
  /** How many times each contender runs, in turns. */
  trials: number;
  /** How many rounds a trial has that are measured; one, where contenders `run`. */
  rounds?: number;
  contenders: Contender[];
  goals: Goal[];
  /** It is left out where there is no GPU. */
  needsGpu?: boolean;
  /** Writes what the trials read into a folder that is removed afterwards. */
  prepare?(folder: string): void;
}
