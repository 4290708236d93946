import { Net } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const args = process.argv.slice(2);
const nets = Array.from({ length: args.length / 3 }, (_, i) => {
  const [path, size, passes] = args.slice(3 * i);
  return { net: new Net(path, 'train'), size, passes: Number(passes) };
});
await takeRounds((stopwatch) => {
  for (const { net, size, passes } of nets) {
    stopwatch.measure(size, passes, () => {
      for (let pass = 0; pass < passes; pass++) {
        net.forward();
        net.backward();
      }
    });
  }
});
