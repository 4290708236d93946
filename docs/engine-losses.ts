// The picture of docs/engines.md: the losses of examples/mnist on each engine.
//
//   npm run mnist -- --engine caffe --out A
//   npm run mnist -- --engine onednn --out B
//   node --import=tsx docs/engine-losses.ts A/loss.csv B/loss.csv
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { init } from 'echarts';
import { readLosses, type Loss } from '../examples/mnist/losses.js';

const window = 10;

function means(losses: readonly Loss[]): [iter: number, mean: number][] {
  return losses.map(({ iter }, i) => {
    const recent = losses.slice(Math.max(0, i + 1 - window), i + 1);
    return [iter, recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length];
  });
}

const [caffe, onednn] = process.argv.slice(2);
if (caffe === undefined || onednn === undefined) throw new Error('Usage: docs/engine-losses.ts CAFFE.csv ONEDNN.csv');
const runs = { caffe: readLosses(caffe, Infinity), onednn: readLosses(onednn, Infinity) };
const difference = runs.caffe.map(({ loss }, i) => Math.abs(loss - (runs.onednn[i]?.loss ?? NaN)) / loss);
console.log(`the largest difference of a loss: ${Math.max(...difference).toPrecision(2)} of it`);

const chart = init(null, null, { renderer: 'svg', ssr: true, width: 800, height: 360 });
chart.setOption({
  animation: false,
  backgroundColor: '#fff',
  legend: { top: 8 },
  grid: { top: 44, left: 60, right: 20, bottom: 48 },
  xAxis: { type: 'value', name: 'iteration', nameLocation: 'middle', nameGap: 28 },
  yAxis: { type: 'log', name: 'loss' },
  series: Object.entries(runs).map(([name, losses], i) => ({
    name: `${name}, mean of ${window}`,
    type: 'line',
    showSymbol: false,
    // The curves all but cover each other: the second lies thin on the first.
    lineStyle: i === 0 ? { width: 5, opacity: 0.4 } : { width: 1.5 },
    data: means(losses),
  })),
});
const svg = chart
  .renderToSVGString()
  .replaceAll(/ d="[^"]*"/g, (path) => path.replaceAll(/\d+\.\d+/g, (number) => Number(number).toFixed(1)));
writeFileSync(fileURLToPath(new URL('engine-losses.svg', import.meta.url)), svg);
chart.dispose();
