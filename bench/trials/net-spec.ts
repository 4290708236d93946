import { readNet, toPrototxt } from 'tscaffe';
import { googlenet } from '../../test/parity/net-spec/googlenet.js';
import { lenet } from '../../test/parity/net-spec/lenet.js';
import { resnet152 } from './resnet152.js';
import { Stopwatch } from './stopwatch.js';

function times(count: number, work: () => unknown): void {
  for (let i = 0; i < count; i++) work();
}

const stopwatch = new Stopwatch();
for (const [name, build, repetitions] of [
  ['LeNet', lenet, 2000],
  ['GoogLeNet', googlenet, 60],
  ['ResNet-152', resnet152, 20],
] as const) {
  const text = toPrototxt(build());
  const parse = (): unknown => readNet({ text });
  for (const [what, work] of [
    ['build', build],
    ['parse', parse],
  ] as const) {
    times(repetitions / 5, work);
    stopwatch.measure(`${name}, ${what}`, repetitions, () => {
      times(repetitions, work);
    });
  }
}
stopwatch.report();
