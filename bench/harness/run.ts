import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progressBar } from '../../examples/program/progress.js';
import type { Benchmark, Contender } from './benchmark.js';
import { describeMachine } from './machine.js';
import { pycaffeProgram } from './process.js';
import type { Results } from './results.js';
import type { Runner } from './runner.js';
import { judge, medians } from './statistics.js';
import { clocks, type Trial } from './trial.js';

const absence = 'PYCAFFE is not set: it names a Python that can import caffe';

/** Rounds before those that count: until caches are warm, and V8 has compiled what runs often. */
const warmUp = 2;

function isAbsent({ needsPycaffe = false }: Contender): boolean {
  return needsPycaffe && pycaffeProgram === undefined;
}

type Taken = Map<string, Trial[]>;

/** One trial of contenders whose processes are all there from its begin to its end, and of which one at a time runs. */
async function takeRounds(folder: string, contenders: Contender[], count: number, taken: Taken): Promise<void> {
  const runners: [name: string, runner: Runner][] = [];
  try {
    for (const contender of contenders) {
      const runner = await contender.start?.(folder);
      if (runner !== undefined) runners.push([contender.name, runner]);
    }
    for (let round = -warmUp; round < count; round++) {
      for (const [name, runner] of runners) {
        const trial = await runner.round();
        if (round >= 0) taken.get(name)?.push(trial);
      }
    }
  } finally {
    for (const [, runner] of runners) runner.end();
  }
}

/** The trials of all contenders, in turns, so that what else the machine does meets them all alike. */
async function takeTurns(benchmark: Benchmark, count: number): Promise<Taken> {
  const { name, contenders, rounds = 1 } = benchmark;
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-bench-'));
  const bar = progressBar(`${name} {bar} {value} of {total} trials`);
  try {
    benchmark.prepare?.(folder);
    bar.start(count, 0);
    const present = contenders.filter((contender) => !isAbsent(contender));
    const taken: Taken = new Map(contenders.map((contender) => [contender.name, []]));
    for (let turn = 0; turn < count; turn++) {
      for (const contender of present) {
        const trial = contender.run?.(folder);
        if (trial !== undefined) taken.get(contender.name)?.push(trial);
      }
      await takeRounds(folder, present, rounds, taken);
      bar.increment();
    }
    return taken;
  } finally {
    bar.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs one benchmark. */
export async function runBenchmark(benchmark: Benchmark, count = benchmark.trials): Promise<Results> {
  const machine = describeMachine();
  const taken = await takeTurns(benchmark, count);
  const { name, title, about, rounds = 1 } = benchmark;
  return {
    name,
    title,
    about,
    machine,
    trials: count,
    rounds,
    contenders: benchmark.contenders.map((contender) => {
      const own = taken.get(contender.name) ?? [];
      const measured = clocks.filter((clock) => own[0]?.[clock] !== undefined);
      return {
        name: contender.name,
        ...(isAbsent(contender) ? { absent: absence } : {}),
        medians: Object.fromEntries(measured.map((clock) => [clock, medians(own, clock)])),
        trials: own,
      };
    }),
    goals: benchmark.goals.map((goal) => {
      const { figure = null, met = null } = judge(goal, Object.fromEntries(taken)) ?? {};
      return { ...goal, figure, met };
    }),
  };
}
