import test from 'ava';
import { randomCase } from './random-case.js';

/** The same cases each time; `npm run onnx:fuzz` tries others. */
const cases = 60;

test(`${cases} random nets compute in onnxruntime what they compute in Caffe, or are refused with a reason`, async (t) => {
  const counts = { same: 0, sensitive: 0, refused: 0, different: 0 };
  const types = new Set<string>();
  for (let seed = 1; seed <= cases; seed++) {
    const { kind, what, types: compared } = await randomCase(seed);
    counts[kind]++;
    t.deepEqual(what, [], `npm run onnx:fuzz -- --seed ${seed} --cases 1`);
    if (kind === 'same') for (const type of compared) types.add(type);
  }
  t.log(JSON.stringify(counts), `${types.size} layer types`);
  // Most of them compare something, and with few nets most layers are there.
  t.true(counts.same >= 0.9 * cases);
  t.true(types.size >= 35);
});
