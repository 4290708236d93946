import { readNet, toPrototxt } from 'tscaffe';
import { googlenet } from '../../test/parity/net-spec/googlenet.js';
import { lenet } from '../../test/parity/net-spec/lenet.js';
import { resnet152 } from './resnet152.js';
import { takeRounds } from './stopwatch.js';

function times(count: number, work: () => unknown): void {
  for (let i = 0; i < count; i++) work();
}

const works = (
  [
    ['LeNet', lenet, 200],
    ['GoogLeNet', googlenet, 20],
    ['ResNet-152', resnet152, 6],
  ] as const
).flatMap(([name, build, repetitions]) => {
  const text = toPrototxt(build());
  return [
    { quantity: `${name}, build`, work: build, repetitions },
    { quantity: `${name}, parse`, work: (): unknown => readNet({ text }), repetitions },
  ];
});
await takeRounds((stopwatch) => {
  for (const { quantity, work, repetitions } of works) {
    stopwatch.measure(quantity, repetitions, () => {
      times(repetitions, work);
    });
  }
});
