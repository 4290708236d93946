import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caffe, pycaffe, type Benchmark, type Goal } from './harness/benchmark.js';
import { startNode, startPeer } from './harness/runner.js';

/** Shapes, and how often the layer runs in a round. */
const sizes = [
  { name: '64x1000', shape: [64, 1000], passes: 1000 },
  { name: '256x4096', shape: [256, 4096], passes: 50 },
  { name: '32x3x224x224', shape: [32, 3, 224, 224], passes: 8 },
];

const layers = {
  'tscaffe, loops': 'type: "Python" python_param { module: "loss" layer: "LoopLoss" }',
  'tscaffe, math': 'type: "Python" python_param { module: "loss" layer: "MathLoss" }',
  [pycaffe]: 'type: "Python" python_param { module: "loss" layer: "NumpyLoss" }',
  [caffe]: 'type: "EuclideanLoss"',
};
type Name = keyof typeof layers;
const names = Object.keys(layers) as Name[];

function net(layer: string, shape: number[]): string {
  const dims = shape.map((size) => `dim: ${size}`).join(' ');
  return `force_backward: true
    layer { name: "data" type: "DummyData" top: "a" top: "b" dummy_data_param {
      shape { ${dims} } data_filler { type: "constant" value: 0.5 } data_filler { type: "constant" value: 0.25 } } }
    layer { name: "loss" bottom: "a" bottom: "b" top: "loss" loss_weight: 1 ${layer} }`;
}

const path = (folder: string, name: Name, size: string): string =>
  join(folder, `${names.indexOf(name)}-${size}.prototxt`);
const runs = (folder: string, name: Name): (string | number)[] =>
  sizes.flatMap(({ name: size, passes }) => [path(folder, name, size), size, passes]);

export const benchmark: Benchmark = {
  name: 'loss',
  title: 'A Euclidean loss, element by element',
  about:
    'Forward and backward (a gradient for both bottoms) of one layer: in TypeScript by plain loops and by `math`, in ' +
    "numpy, and Caffe's own in C++, which is called through tscaffe here.",
  trials: 3,
  rounds: 10,
  contenders: names.map((name) => ({
    name,
    needsPycaffe: name === pycaffe,
    start: (folder) =>
      (name === pycaffe ? startPeer : startNode)(name === pycaffe ? 'loss.py' : 'loss.ts', runs(folder, name)),
  })),
  goals: names.slice(0, 2).flatMap((of) =>
    sizes.flatMap(({ name: quantity }): Goal[] => [
      { of, quantity, clock: 'cpu', against: pycaffe, atMost: 1 },
      { of, quantity, clock: 'cpu', against: caffe, atMost: 1.3 },
    ]),
  ),
  prepare(folder) {
    for (const name of names) {
      for (const { name: size, shape } of sizes) writeFileSync(path(folder, name, size), net(layers[name], shape));
    }
  },
};
