/** The twin of generate.py: trains examples/mnist through the TypeScript layers and prints the same numbers as JSON. */
import { createHash } from 'node:crypto';
import { SGDSolver, type Net } from 'tscaffe';

export interface Weights {
  shape: number[];
  sum: number;
  magnitude: number;
  sha256: string;
}

export interface Numbers {
  /** Of each iteration. */
  losses: number[];
  /** Means over the test set, after the last iteration. */
  test: { accuracy: number; loss: number };
  initial: Record<string, Weights>;
  final: Record<string, Weights>;
}

function describe(net: Net): Record<string, Weights> {
  const described: Record<string, Weights> = {};
  for (const [layer, blobs] of Object.entries(net.params)) {
    for (const [index, { shape, cpuData }] of blobs.entries()) {
      described[`${layer}[${index}]`] = {
        shape: [...shape],
        sum: cpuData.reduce((sum, x) => sum + x, 0),
        magnitude: cpuData.reduce((sum, x) => sum + Math.abs(x), 0),
        sha256: createHash('sha256').update(cpuData).digest('hex'),
      };
    }
  }
  return described;
}

const iterations = Number(process.argv[2]);
using solver = new SGDSolver('examples/mnist/lenet_solver.prototxt');
const initial = describe(solver.net);
const losses: number[] = [];
for (let iteration = 0; iteration < iterations; iteration++) {
  solver.step(1);
  losses.push(solver.net.blobs['loss'].cpuData[0]);
}
const { accuracy, loss } = solver.test();
const numbers: Numbers = { losses, test: { accuracy, loss }, initial, final: describe(solver.net) };
console.log(JSON.stringify(numbers));
