// npm run bench:cost: measures what docs/parallel.md's model of the cost needs, holds what it foretells against what
// two processes take, and prints that and what it foretells for many machines, as tables in Markdown.
import { job } from '../harness/process.js';
import { costOf, lineThrough, type Network, type Work } from './model.js';

/** What bench/trials/cost.ts prints. Times are milliseconds. */
interface Measured {
  layers: { backward: number; floats: number; statistics: number }[];
  messages: [bytes: number, sum: number, copy: number][];
  alone: number;
  overlap: number;
  afterwards: number;
}

const nets = [
  ['LeNet', 'lenet', 64, 50],
  ['CaffeNet', 'caffenet', 16, 4],
  ['ResNet-50', 'resnet50', 8, 2],
] as const;
const counts = [8, 32, 128, 512, 1024];

/** Not measured: what makers of such networks promise, about. */
const networks: [name: string, network: Omit<Network, 'copy'>][] = [
  ['10 Gbit/s', { alpha: 0.03, beta: 8 / 10e6, more: 0.003, isFree: true }],
  ['100 Gbit/s', { alpha: 0.003, beta: 8 / 100e6, more: 0.0005, isFree: true }],
];

function workOf({ layers, alone }: Measured): Work {
  const statistics = layers.reduce((sum, layer) => sum + layer.statistics, 0);
  return { compute: alone, layers: [...layers, { backward: 0, floats: statistics }] };
}

/** `mpi.allreduce` copies its values, too. */
function networkOf(measured: readonly Measured[]): Network {
  const messages = measured.flatMap((trial) => trial.messages);
  const { alpha, beta } = lineThrough(messages.map(([bytes, sum, copy]) => [bytes, sum - 2 * copy]));
  const large = measured.flatMap((trial) => trial.messages.slice(-1));
  const copy = large.reduce((sum, [bytes, , milliseconds]) => sum + (2 * milliseconds * 4) / bytes, 0) / large.length;
  return { alpha, beta, more: 0, copy, isFree: false };
}

const table = (head: string[], rows: string[][]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const shown = (milliseconds: number): string => milliseconds.toPrecision(3);

const measured = nets.map(([, net, batch, iterations]) => {
  console.error(`${net} ...`);
  return job(2, 'cost.ts', [net, batch, iterations]) as unknown as Measured;
});
const here = networkOf(measured);
console.log(
  `α = ${(here.alpha * 1e3).toFixed(0)} µs, β = ${(here.beta * 1e6).toFixed(3)} ns a byte, ` +
    `copying ${(here.copy * 1e6).toFixed(2)} ns a float\n`,
);

const compared = nets.flatMap(([name, , batch], i) => {
  const trial = measured[i];
  return (['overlap', 'afterwards'] as const).map((way) => {
    const { iteration, visible } = costOf(workOf(trial), 2, here, { overlap: way === 'overlap' });
    const found = trial[way];
    const off = `${((iteration / found - 1) * 100).toFixed(0)} %`;
    const title = `${name}, batch ${batch}${way === 'overlap' ? '' : ', no overlap'}`;
    return [title, trial.alone, visible, iteration, found]
      .map((cell) => (typeof cell === 'number' ? shown(cell) : cell))
      .concat(off);
  });
});
console.log(table(['two processes', 'alone', 'model: averaging', 'model: iteration', 'measured', 'off by'], compared));

for (const [name, network] of networks) {
  const rows = nets.map(([net, , batch], i) => {
    const work = workOf(measured[i]);
    const costs = counts.map((ranks) => costOf(work, ranks, { ...network, copy: here.copy }));
    return [`${net}, batch ${batch}`, shown(work.compute), ...costs.map(({ visible }) => shown(visible))];
  });
  console.log(`\n${table([`${name}: ranks`, 'alone', ...counts.map(String)], rows)}`);
}
