// cost.ts NET BATCH ITERATIONS: one process of a job. What docs/parallel.md's model of the cost needs, and what it must
// foretell: the times of a net's layers, of messages, and of iterations whose gradients are averaged.
import { mpi, Solver } from 'tscaffe';
import * as architectures from '../../test/architectures/index.js';

const [name, batch, count] = process.argv.slice(2);
const iterations = Number(count);
const { rank } = mpi.init();
const netParam = architectures[name as 'lenet'](Number(batch), 'train');
const solver = new Solver({ netParam, baseLr: 1e-6, lrPolicy: 'fixed', display: 0, snapshotAfterTrain: false });

/** Milliseconds of one of `times` calls, on all ranks at the same time. */
function time(times: number, work: () => void): number {
  mpi.barrier();
  const begin = performance.now();
  work();
  mpi.barrier();
  return (performance.now() - begin) / times;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** The learnable floats of each layer; statistics of BatchNorm are whole at the end of backward. */
function floatsOf(layer: string): number {
  return (solver.net.params[layer] ?? []).reduce((sum, { count: floats }) => sum + floats, 0);
}

solver.step(Math.max(1, iterations / 5)); // until caches are warm
const rounds: Record<'alone' | 'overlap' | 'afterwards', number[]> = { alone: [], overlap: [], afterwards: [] };
const step = (): void => {
  solver.step(iterations);
};
const profile = solver.net.profile();
for (let round = 0; round < 5; round++) {
  rounds.alone.push(time(iterations, step));
  for (const overlap of [true, false]) {
    const averaging = mpi.attach(solver, { overlap });
    solver.step(1);
    rounds[overlap ? 'overlap' : 'afterwards'].push(time(iterations, step));
    averaging.dispose();
  }
}
profile.stop();

const sizes = [2 ** 12, 2 ** 14, 2 ** 16, 2 ** 18, 2 ** 20];
const messages = sizes.map((floats): [bytes: number, milliseconds: number, copying: number] => {
  const values = new Float32Array(floats);
  const other = new Float32Array(floats);
  const times = Math.max(8, 2 ** 22 / floats / 4);
  const sums = [];
  const copies = [];
  for (let round = 0; round < 7; round++) {
    const repeat = (work: () => void) => (): void => {
      for (let i = 0; i < times; i++) work();
    };
    copies.push(
      time(
        times,
        repeat(() => {
          other.set(values);
        }),
      ),
    );
    sums.push(
      time(
        times,
        repeat(() => {
          mpi.allreduce(values);
        }),
      ),
    );
  }
  return [4 * floats, median(sums), median(copies)];
});

if (rank === 0) {
  const layers = profile.layers.map(({ name: layer, type, backward }) => ({
    backward: backward.milliseconds,
    floats: type === 'BatchNorm' ? 0 : floatsOf(layer),
    statistics: type === 'BatchNorm' ? floatsOf(layer) : 0,
  }));
  const measured = Object.fromEntries(Object.entries(rounds).map(([way, values]) => [way, median(values)]));
  console.log(JSON.stringify({ layers: layers.reverse(), messages, ...measured }));
}
