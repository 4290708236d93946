// Kills trainings at random moments and looks at what they leave behind.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SGDSolver } from 'tscaffe';
import { newestState, statesIn } from './snapshots.js';
import { newSolver, stateOf, type Run } from './runs.js';

export type Format = 'BINARYPROTO' | 'HDF5';
export type Mode = 'resume' | 'rewrite';

const trainer = fileURLToPath(new URL('trainer.ts', import.meta.url));
const loader = import.meta.resolve('tsx');

/** Starts a training and kills it at a random moment. */
export async function killOne(folder: string, format: Format, mode: Mode): Promise<void> {
  const child = spawn(process.execPath, [`--import=${loader}`, trainer, folder, format, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  try {
    const begun = await Promise.race([once(child.stdout, 'data'), closed]);
    assert.equal(String(begun[0]).trim(), 'go');
    await setTimeout(Math.random() * 100);
  } finally {
    child.kill('SIGKILL'); // it would go on for ever
  }
  const [, signal] = (await closed) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
}

/** The numbers of an uninterrupted training, iteration by iteration. */
class Uninterrupted {
  readonly #solver: SGDSolver;
  readonly #states: ReturnType<typeof stateOf>[] = [];

  constructor(run: Run) {
    this.#solver = newSolver('unused', run);
    this.#states.push(stateOf(this.#solver));
  }

  at(iter: number): ReturnType<typeof stateOf> {
    while (this.#solver.iter < iter) {
      this.#solver.step(1);
      this.#states.push(stateOf(this.#solver));
    }
    return this.#states[iter];
  }
}

const uninterrupted = { 1: new Uninterrupted(1), 2: new Uninterrupted(2) };

/**
 * Every state in the folder loads, with the weights that were written with it, and the newest goes on to the numbers of
 * an uninterrupted training. What was being written is no more than one snapshot's files.
 *
 * @returns the iteration of the newest
 */
export function requireWhole(folder: string, format: Format): number {
  const left = readdirSync(folder).filter((name) => name.includes('.partial-'));
  assert.ok(left.length <= 3, `left: ${left.join(', ')}`);
  for (const { iter, state } of statesIn(folder)) {
    for (const run of [1, 2] as const) {
      using solver = newSolver(join(folder, 'w'), run, `snapshot_format: ${format}`);
      solver.restore(state);
      assert.equal(solver.iter, iter);
      const found = stateOf(solver);
      if (run === 1 && found.weights !== uninterrupted[1].at(iter).weights) continue;
      assert.deepEqual(found, uninterrupted[run].at(iter));
      solver.step(3);
      assert.deepEqual(stateOf(solver), uninterrupted[run].at(iter + 3));
      break;
    }
  }
  return newestState(folder)?.iter ?? 0;
}
