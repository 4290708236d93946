import { join } from 'node:path';
import test from 'ava';
import { dataSource, io, Net, onnx } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { run, shapesOf } from './model.js';

const scores = `
  layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
          inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
  layer { name: "accuracy" type: "Accuracy" bottom: "ip" bottom: "label" top: "accuracy" }`;

/** A data layer by its type: its text, for images of 1 · 2 · 3 in batches of 4, and their labels. */
const dataLayers: Record<string, (folder: string) => string> = {
  Data: (folder) => {
    const path = join(folder, 'lmdb');
    using database = io.Database.create(path);
    for (let i = 0; i < 8; i++) {
      const image = { data: Uint8Array.from({ length: 6 }, (_, j) => 10 * i + j), shape: [1, 2, 3] };
      database.put(String(i), io.arrayToDatum(image, i % 2));
    }
    database.close();
    return `data_param { source: "${path}" backend: LMDB batch_size: 4 } transform_param { scale: 0.1 }`;
  },
  MemoryData: () => 'memory_data_param { batch_size: 4 channels: 1 height: 2 width: 3 }',
  DummyData: () =>
    `dummy_data_param { shape { dim: 4 dim: 1 dim: 2 dim: 3 } shape { dim: 4 } data_filler { type: "gaussian" }
                        data_filler { } }`,
  OnnxDigits: () => {
    const at = (i: number) => ({ data: Array.from({ length: 6 }, (_, j) => i + j), label: i % 2 });
    dataSource({ length: 8, at }, { type: 'OnnxDigits', tops: { data: [1, 2, 3], label: [] }, batchSize: 4 });
    return '';
  },
};

for (const [type, fields] of Object.entries(dataLayers)) {
  test(`the tops of a ${type} layer become inputs, as far as they are needed`, async (t) => {
    const layer = `layer { name: "in" type: "${type}" top: "data" top: "label" ${fields(scratchFolder(t))} }`;
    using net = new Net({ text: layer + scores }, 'test');
    if (type === 'MemoryData') net.setInputArrays(new Float32Array(24).fill(0.5), new Float32Array(4));
    const model = onnx.fromNet(net, { outputs: ['ip'] });
    t.deepEqual(shapesOf(model, 'input'), { data: [4, 1, 2, 3] });
    t.deepEqual(shapesOf(model, 'output'), { ip: [4, 2] });

    net.forward({}, { end: 'ip' });
    const right = net.blobs['ip'].data;
    const { ip } = await run(model, { data: [...net.blobs['data'].data] });
    const largest = Math.max(...right.map(Math.abs));
    t.true(largest > 0);
    right.forEach((value, i) => {
      t.true(Math.abs(ip[i] - value) <= 1e-5 * largest, `${i}: ${ip[i]}, Caffe has ${value}`);
    });
  });
}

test('a transformer may be for the top of a data layer', (t) => {
  using net = new Net(
    {
      text: `layer { name: "in" type: "DummyData" top: "data" top: "label" ${dataLayers['DummyData']('')} } ${scores}`,
    },
    'test',
  );
  const transformer = new io.Transformer({ data: [4, 1, 2, 3] });
  transformer.setTranspose('data', [2, 0, 1]);
  t.deepEqual(shapesOf(onnx.fromNet(net, { outputs: ['ip'], transformer }), 'input'), { data: [4, 2, 3, 1] });
});

test('an input that is an output comes out under a name of its own', async (t) => {
  const input = (name: string): string =>
    `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { dim: 2 } } }`;
  const net = new Net(
    { text: `${input('a')} ${input('b')} layer { name: "c" type: "AbsVal" bottom: "a" top: "c" }` },
    'test',
  );
  t.deepEqual(net.outputs, ['b', 'c']);
  const model = onnx.fromNet(net);
  t.deepEqual(Object.keys(shapesOf(model, 'input')), ['a', 'b']);
  t.deepEqual(Object.keys(shapesOf(model, 'output')), ['b/Identity', 'c']);
  t.deepEqual(await run(model, { a: [-1, 2], b: [3, -4] }), { 'b/Identity': [3, -4], c: [1, 2] });
});
