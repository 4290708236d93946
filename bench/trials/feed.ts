import { Net } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const [path, count] = process.argv.slice(2);
const passes = Number(count);
const net = new Net(path, 'train');
await takeRounds((stopwatch) => {
  stopwatch.measure('batch', passes, () => {
    for (let pass = 0; pass < passes; pass++) net.forward();
  });
});
