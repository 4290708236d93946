import { Net } from 'tscaffe';
import { Stopwatch } from './stopwatch.js';

const [path] = process.argv.slice(2);
const passes = Number(process.argv[3]);
const net = new Net(path, 'train');
const work = (count: number): void => {
  for (let pass = 0; pass < count; pass++) net.forward();
};
work(10);
const stopwatch = new Stopwatch();
stopwatch.measure('batch', passes, () => {
  work(passes);
});
stopwatch.report();
