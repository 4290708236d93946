import { Net } from 'tscaffe';
import { Stopwatch } from './stopwatch.js';

const [path] = process.argv.slice(2);
const [layers, passes] = process.argv.slice(3).map(Number);
const net = new Net(path, 'train');

function forward(count: number): void {
  for (let pass = 0; pass < count; pass++) net.forward();
}
function backward(count: number): void {
  for (let pass = 0; pass < count; pass++) net.backward();
}

forward(passes / 5);
backward(passes / 5);
const stopwatch = new Stopwatch();
stopwatch.measure('reshape + forward', passes * layers, () => {
  forward(passes);
});
stopwatch.measure('backward', passes * layers, () => {
  backward(passes);
});
stopwatch.report();
