import { Blob, math } from 'tscaffe';
import { takeRounds } from './stopwatch.js';

const [rows, columns] = [64, 1000];
const shape = [rows, columns];
const x = new Blob(rows, columns);
// Any numbers, the same as in bench/peer/numpy_functions.py.
x.set(Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7919) % 10007) / 1000));
const y = new Blob(rows, columns);
const row = x.row(0).slice();
const column = new Float32Array(rows).fill(3);
const ofColumns = new Float32Array(columns);
const places = new Int32Array(rows);
const imageShape = [227, 227, 3];
const image = new Float32Array(227 * 227 * 3).fill(1);
const planes = new Float32Array(image.length);

const work: [quantity: string, repetitions: number, once: () => void][] = [
  ['sum of all', 1000, () => math.sum(x)],
  ['max of all', 1000, () => math.max(x)],
  [
    'argmax of rows',
    1000,
    () => {
      math.argmax(x, shape, 1, places);
    },
  ],
  [
    'max of columns',
    1000,
    () => {
      math.max(x, shape, 0, ofColumns);
    },
  ],
  [
    'add a row',
    1000,
    () => {
      math.add(x, row, y, shape, [columns]);
    },
  ],
  [
    'subtract a column',
    1000,
    () => {
      math.sub(x, column, y, shape, [rows, 1]);
    },
  ],
  [
    'softmax of rows',
    200,
    () => {
      math.softmax(x, shape, 1, y);
    },
  ],
  ['argsort of all', 20, () => math.argsort(x)],
  [
    'H·W·K to K·H·W',
    200,
    () => {
      math.transpose(image, imageShape, [2, 0, 1], planes);
    },
  ],
];

await takeRounds((stopwatch) => {
  for (const [quantity, repetitions, once] of work) {
    stopwatch.measure(quantity, repetitions, () => {
      for (let i = 0; i < repetitions; i++) once();
    });
  }
});
