import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Contender, Trial } from './benchmark.js';
import { describeMachine } from './machine.js';
import { pycaffeProgram } from './process.js';
import { clocks, type Results } from './results.js';
import { judge, medians } from './statistics.js';

const absence = 'PYCAFFE is not set: it names a Python that can import caffe';

function isAbsent({ needsPycaffe = false }: Contender): boolean {
  return needsPycaffe && pycaffeProgram === undefined;
}

/** The trials of all contenders, in turns, so that what else the machine does meets them all alike. */
function takeTurns(benchmark: Benchmark, count: number): Map<string, Trial[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-bench-'));
  try {
    benchmark.prepare?.(folder);
    const trials = new Map(benchmark.contenders.map(({ name }) => [name, [] as Trial[]]));
    for (let turn = 0; turn < count; turn++) {
      for (const contender of benchmark.contenders) {
        if (!isAbsent(contender)) trials.get(contender.name)?.push(contender.run(folder));
      }
      process.stderr.write(`\r${benchmark.name}: ${turn + 1} of ${count} trials`);
    }
    process.stderr.write('\n');
    return trials;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs one benchmark. */
export function runBenchmark(benchmark: Benchmark, count = benchmark.trials): Results {
  const machine = describeMachine();
  const trials = takeTurns(benchmark, count);
  const { name, title, about } = benchmark;
  return {
    name,
    title,
    about,
    machine,
    trials: count,
    contenders: benchmark.contenders.map((contender) => {
      const own = trials.get(contender.name) ?? [];
      const measured = clocks.filter((clock) => own[0]?.[clock] !== undefined);
      return {
        name: contender.name,
        ...(isAbsent(contender) ? { absent: absence } : {}),
        medians: Object.fromEntries(measured.map((clock) => [clock, medians(own, clock)])),
        trials: own,
      };
    }),
    goals: benchmark.goals.map((goal) => {
      const { figure = null, met = null } = judge(goal, Object.fromEntries(trials)) ?? {};
      return { ...goal, figure, met };
    }),
  };
}
