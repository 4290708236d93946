// What docs/onnx.md says differs from Caffe.
import test from 'ava';
import { CaffeError, Net, onnx } from 'tscaffe';
import { run } from './model.js';

const input = (name: string, ...shape: number[]): string =>
  `layer { name: "${name}" type: "Input" top: "${name}"
           input_param { shape { ${shape.map((dim) => `dim: ${dim}`).join(' ')} } } }`;

const isNear = (actual: readonly number[], right: readonly number[]): boolean =>
  actual.length === right.length && actual.every((value, i) => Math.abs(value - right[i]) <= 1e-6);

for (const type of ['LSTM', 'RNN']) {
  test(`in Caffe an ${type} goes on from the last call, in the model it begins with zeros`, async (t) => {
    const layer = `layer { name: "l" type: "${type}" bottom: "x" bottom: "cont" top: "y"
      recurrent_param { num_output: 2 weight_filler { type: "constant" value: 0.5 } } }`;
    const net = new Net({ text: input('x', 2, 1, 1) + input('cont', 2, 1) + layer }, 'test');
    const model = onnx.fromNet(net);
    const x = [1, 2];
    const caffe = (cont: number[]): number[] => [...net.forward({ x, cont })['y']];
    const goesOn = await run(model, { x, cont: [1, 1] });
    t.true(isNear(goesOn['y'], caffe([1, 1])), 'before the first call the state is zero');
    t.false(isNear(goesOn['y'], caffe([1, 1])));
    const begins = await run(model, { x, cont: [0, 1] });
    t.true(isNear(begins['y'], caffe([0, 1])));
    t.true(isNear(begins['y'], goesOn['y']));
  });
}

test('an index that an Embed does not have is an error in onnxruntime too, but negative ones count from the end', async (t) => {
  const layer = `layer { name: "rows" type: "Embed" bottom: "x" top: "y"
    embed_param { input_dim: 3 num_output: 1 bias_term: false } }`;
  const net = new Net({ text: input('x', 2) + layer }, 'test');
  net.params['rows'][0].data.set([10, 11, 12]);
  const model = onnx.fromNet(net);
  t.deepEqual([...net.forward({ x: [0, 2] })['y']], [10, 12]);
  t.deepEqual(await run(model, { x: [0, 2] }), { y: [10, 12] });
  for (const x of [
    [0, 3],
    [0, -1],
    [0, 1.7],
  ]) {
    t.is(t.throws(() => net.forward({ x }), { instanceOf: CaffeError })?.code, 'ERR_CAFFE_LABEL');
  }
  await t.throwsAsync(run(model, { x: [0, 3] }), { message: /Gather/ });
  t.deepEqual(await run(model, { x: [-1, 1.7] }), { y: [12, 11] });
});
