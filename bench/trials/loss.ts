import { Net } from 'tscaffe';
import { Stopwatch } from './stopwatch.js';

const stopwatch = new Stopwatch();

function measure(path: string, size: string, passes: number): void {
  using net = new Net(path, 'train');
  const work = (count: number): void => {
    for (let pass = 0; pass < count; pass++) {
      net.forward();
      net.backward();
    }
  };
  work(10);
  stopwatch.measure(size, passes, () => {
    work(passes);
  });
}

const args = process.argv.slice(2);
for (let i = 0; i < args.length; i += 3) measure(args[i], args[i + 1], Number(args[i + 2]));
stopwatch.report();
