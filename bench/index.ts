import { deviceCount, hasGpu } from 'tscaffe';
import { readArguments, UsageError, wholeNumber } from '../examples/program/arguments.js';
import { benchmark as access } from './access.js';
import { roundTrip, stepping } from './async.js';
import { benchmark as chain } from './chain.js';
import { benchmark as classify } from './classify.js';
import { benchmark as dashboard } from './dashboard.js';
import { benchmark as feed } from './feed.js';
import { gpuLaunch, gpuLenet } from './gpu.js';
import {
  engineInference,
  engineLenet,
  engineMemory,
  engineOutOfTheBox,
  engineThreads,
  engineTraining,
} from './engine.js';
import type { Benchmark } from './harness/benchmark.js';
import { writePage } from './harness/page.js';
import { pycaffeProgram } from './harness/process.js';
import { readResults, writeResults } from './harness/results.js';
import { runBenchmark } from './harness/run.js';
import { lenet, outOfTheBox } from './lenet.js';
import { benchmark as loss } from './loss.js';
import { benchmark as memory } from './memory.js';
import { benchmark as netSpec } from './net-spec.js';
import { benchmark as numpy } from './numpy.js';
import { parallel, parallelLarge } from './parallel.js';
import { benchmark as shapes } from './shapes.js';
import { benchmark as source } from './source.js';
import { benchmark as startUp } from './start-up.js';

const benchmarks: Benchmark[] = [
  lenet,
  outOfTheBox,
  stepping,
  roundTrip,
  chain,
  loss,
  feed,
  dashboard,
  source,
  classify,
  access,
  shapes,
  numpy,
  netSpec,
  startUp,
  memory,
  engineLenet,
  engineOutOfTheBox,
  engineTraining,
  engineInference,
  engineThreads,
  engineMemory,
  parallel,
  parallelLarge,
  gpuLenet,
  gpuLaunch,
];

const usage = `npm run bench -- [NAME ...] [--trials N]

Runs the benchmarks of these names, or all; writes docs/benchmarks/NAME.json, the pictures and docs/benchmarks.md.
PYCAFFE names a Python that can import caffe, and that runs Caffe's own tool when called with --tool; without it
pycaffe's columns stay empty.

  --trials N   how often each contender runs
  --page       writes the page and the pictures anew, from what was measured before

${benchmarks.map(({ name, title }) => `  ${name.padEnd(16)}${title}`).join('\n')}
`;

const { names, trials, page } = readArguments(
  usage,
  { trials: { type: 'string' }, page: { type: 'boolean', default: false } },
  ({ values: { trials, page }, positionals }) => {
    const unknown = positionals.find((name) => benchmarks.every((benchmark) => benchmark.name !== name));
    if (unknown !== undefined) throw new UsageError(`There is no benchmark ${unknown}`);
    return { names: positionals, trials: trials === undefined ? undefined : wholeNumber('trials', trials), page };
  },
);

const withGpu = hasGpu && deviceCount() > 0;
if (!withGpu) console.error('There is no GPU, or no libcaffe with CUDA: what needs one is left out');
if (pycaffeProgram === undefined) console.error('PYCAFFE is not set: pycaffe is left out');
for (const benchmark of page ? [] : benchmarks) {
  if (names.length > 0 && !names.includes(benchmark.name)) continue;
  if (benchmark.needsGpu === true && !withGpu) continue;
  const results = await runBenchmark(benchmark, trials);
  writeResults(results);
  for (const { of, quantity, clock, against = '', than = against, figure, atMost, met } of results.goals) {
    const verdict = met === null ? 'not measured' : met ? 'met' : 'MISSED';
    console.log(
      `${verdict}: ${benchmark.name}, ${of}, ${quantity}, ${clock}: ${figure?.toPrecision(3)} of ${than} (${atMost})`,
    );
  }
}
await writePage(benchmarks.flatMap(({ name }) => readResults(name) ?? []));
