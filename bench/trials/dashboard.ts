import { Worker } from 'node:worker_threads';
import { SGDSolver } from 'tscaffe';
import { dashboard } from 'tscaffe/dashboard';
import { takeRounds } from './stopwatch.js';

const [path, iterations, histograms] = process.argv.slice(2);
const count = Number(iterations);
const solver = new SGDSolver(path);

/** A page that listens, on a thread of its own. */
const page = `
  const { workerData } = require('node:worker_threads');
  require('node:http').get(workerData, (response) => response.resume());`;

if (histograms !== 'closed') {
  const { url } = await dashboard(solver, { history: false, histograms: Number(histograms) });
  new Worker(page, { eval: true, workerData: url.replace('/?', '/events?') }).unref();
}
await takeRounds((stopwatch) => {
  stopwatch.measure('iteration', count, () => {
    solver.step(count);
  });
});
