import { Net } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const [path] = process.argv.slice(2);
const [layers, passes] = process.argv.slice(3).map(Number);
const net = new Net(path, 'train');
await takeRounds((stopwatch) => {
  stopwatch.measure('reshape + forward', passes * layers, () => {
    for (let pass = 0; pass < passes; pass++) net.forward();
  });
  stopwatch.measure('backward', passes * layers, () => {
    for (let pass = 0; pass < passes; pass++) net.backward();
  });
});
