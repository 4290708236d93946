// npm run onnx:fuzz -- [--seed N] [--cases M]
//
// Random nets in Caffe and, exported, in onnxruntime. Prints each that differs as it comes, and at the end how many
// were the same, how often which layer was compared, and what was refused and why. `--seed N --cases 1` repeats a case,
// and prints its net. Ends with 1 if any differed.
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { toPrototxt } from 'tscaffe';
import { Random } from '../fuzz/random.js';
import { randomCase } from './random-case.js';
import { randomNet } from './random-net.js';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, cases: { type: 'string', default: '500' } },
});
const [first, cases] = [Number(values.seed), Number(values.cases)];

if (cases === 1) {
  const { net, message } = randomNet(new Random(first));
  net.dispose();
  console.log(toPrototxt(message));
}

type Tally = Map<string, number>;
const kinds: Tally = new Map();
const compared: Tally = new Map();
const refused: Tally = new Map();
const add = (tally: Tally, what: string): unknown => tally.set(what, (tally.get(what) ?? 0) + 1);
const lines = (tally: Tally): string =>
  [...tally]
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `  ${count} ${what}\n`)
    .join('');

for (let seed = first; seed < first + cases; seed++) {
  const { kind, refusals, what, types } = await randomCase(seed);
  add(kinds, kind);
  for (const refusal of refusals) add(refused, refusal);
  if (kind === 'same') for (const type of new Set(types)) add(compared, type);
  for (const each of what) console.log(`--seed ${seed}: ${each}`);
  // Nets that are done with are freed between turns of the event loop.
  await setImmediate();
}
console.log(
  `${cases} nets from seed ${first}:\n${lines(kinds)}compared:\n${lines(compared)}refused:\n${lines(refused)}`,
);
process.exitCode = kinds.has('different') ? 1 : 0;
