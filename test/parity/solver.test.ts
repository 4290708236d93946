import { readFileSync } from 'node:fs';
import test from 'ava';
import { getSolver } from 'tscaffe';

/** What pycaffe's solvers did; solver/generate.py writes it. */
const { net, cases } = JSON.parse(readFileSync(new URL('solver/peer.json', import.meta.url), 'utf8')) as {
  net: string;
  cases: { solver: string; loss: number[]; lr: number[]; weights: number[] }[];
};

/** The same BLAS gives the same bits; another may add up in another order. */
const close = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= 1e-3 * Math.abs(b[i]) + 1e-6);

for (const { solver: text, loss, lr, weights } of cases) {
  test(`Losses, learning rates and weights are those of pycaffe with ${text.split(' weight_decay')[0]}`, (t) => {
    using solver = getSolver({ text: `${text} net_param { ${net} }` });
    const [losses, rates]: [number[], number[]] = [[], []];
    while (solver.iter < loss.length) {
      solver.step(1);
      losses.push(solver.net.blobs['loss'].data[0]);
      rates.push(solver.lr);
    }
    t.true(close(losses, loss), `${losses.join()} for ${loss.join()}`);
    t.true(close(rates, lr), `${rates.join()} for ${lr.join()}`);
    const sums = Object.values(solver.net.params).flatMap((blobs) => blobs.map((blob) => blob.asumData()));
    t.true(close(sums, weights), `${sums.join()} for ${weights.join()}`);
  });
}
