import { Blob } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const inTheLoop = process.argv[2] === 'loop';
const rounds = 100;
const blob = new Blob(64, 1000);
const count = 64_000;

// A function for each, so that V8 compiles it for what it does.
const loops: [quantity: string, loop: () => void][] = inTheLoop
  ? [
      [
        'blob.num',
        () => {
          for (let i = 0; i < count; i++) blob.data[i] /= blob.num;
        },
      ],
      [
        'blob.count',
        () => {
          for (let i = 0; i < count; i++) blob.data[i] /= blob.count;
        },
      ],
      [
        'blob.shape[0]',
        () => {
          for (let i = 0; i < count; i++) blob.data[i] /= blob.shape[0];
        },
      ],
    ]
  : [
      [
        'blob.num',
        () => {
          const { num } = blob;
          for (let i = 0; i < count; i++) blob.data[i] /= num;
        },
      ],
      [
        'blob.count',
        () => {
          const { count: divisor } = blob;
          for (let i = 0; i < count; i++) blob.data[i] /= divisor;
        },
      ],
      [
        'blob.shape[0]',
        () => {
          const [num] = blob.shape;
          for (let i = 0; i < count; i++) blob.data[i] /= num;
        },
      ],
    ];

await takeRounds((stopwatch) => {
  for (const [quantity, loop] of loops) {
    stopwatch.measure(quantity, rounds * count, () => {
      for (let round = 0; round < rounds; round++) {
        blob.data.fill(1e30); // small enough numbers would be denormal, and slow
        loop();
      }
    });
  }
});
