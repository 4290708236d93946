import { Net } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const text = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 4 } } }
  layer { name: "power" type: "Power" bottom: "data" top: "power" }`;
const net = new Net({ text }, 'test');
const blob = net.blobs['data'];
// What is looked up must be used, or V8 would leave it out.
let used = 0;

function data(count: number): void {
  for (let i = 0; i < count; i++) used += blob.data.length;
}
function blobs(count: number): void {
  for (let i = 0; i < count; i++) used += net.blobs['power'] === blob ? 1 : 0;
}
function forward(count: number): void {
  for (let i = 0; i < count; i++) used += net.forward()['power'].length;
}

await takeRounds((stopwatch) => {
  for (const [quantity, work, repetitions] of [
    ['blob.data', data, 2_000_000],
    ['net.blobs[name]', blobs, 2_000_000],
    ['net.forward()', forward, 30_000],
  ] as const) {
    stopwatch.measure(quantity, repetitions, () => {
      work(repetitions);
    });
  }
  if (used === 0) throw new Error('nothing was looked up');
});
