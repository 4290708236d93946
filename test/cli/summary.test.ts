import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { toPrototxt } from 'tscaffe';
import { googlenet, resnet50 } from '../architectures/index.js';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';

interface Summary {
  layers: { name: string; parameters: number; multiplyAdds: number; bytes: number; tops: Record<string, number[]> }[];
  total: { items: number; parameters: number; multiplyAdds: number; bytes: number };
}

async function summary(t: ExecutionContext, net: string, options = ''): Promise<Summary> {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), net);
  const { code, stdout, stderr } = await tscaffe(`summary net.prototxt --json ${options}`.trim(), { cwd });
  t.is(code, 0, stderr);
  return objectsIn(stdout)[0] as unknown as Summary;
}

const input = (...dims: number[]): string =>
  `layer { name: "data" type: "Input" top: "data" input_param { shape { ${dims.map((dim) => `dim: ${dim}`).join(' ')} } } }\n`;
const layer = (name: string, type: string, bottom: string, top: string, fields = ''): string =>
  `layer { name: "${name}" type: "${type}" bottom: "${bottom}" top: "${top}" ${fields} }\n`;

/** A chain of layers on "data", each described as `[type, fields]`; the ones in place say so by their type. */
function chain(first: string, layers: [type: string, fields?: string][]): string {
  let bottom = 'data';
  const parts = layers.map(([type, fields], i) => {
    const top = type === 'ReLU' || type === 'Dropout' ? bottom : `${type}${i}`;
    const part = layer(`${type}${i}`, type, bottom, top, fields);
    bottom = top;
    return part;
  });
  return first + parts.join('');
}

const conv = (outputs: number, kernel: number, more = ''): [string, string] => [
  'Convolution',
  `convolution_param { num_output: ${outputs} kernel_size: ${kernel} ${more} }`,
];
const pool = (kernel: number, stride: number): [string, string] => [
  'Pooling',
  `pooling_param { pool: MAX kernel_size: ${kernel} stride: ${stride} }`,
];
const full = (outputs: number): [string, string] => ['InnerProduct', `inner_product_param { num_output: ${outputs} }`];

test('LeNet: each layer by hand', async (t) => {
  const net = chain(input(64, 1, 28, 28), [
    conv(20, 5),
    pool(2, 2),
    conv(50, 5),
    pool(2, 2),
    full(500),
    ['ReLU'],
    full(10),
  ]);
  const { layers, total } = await summary(t, net);
  t.deepEqual(
    layers.map(({ parameters, multiplyAdds }) => [parameters, multiplyAdds / 64]),
    [
      [0, 0],
      [20 * 25 + 20, 20 * 24 * 24 * 25],
      [0, 0],
      [50 * 20 * 25 + 50, 50 * 8 * 8 * 20 * 25],
      [0, 0],
      [500 * 800 + 500, 500 * 800],
      [0, 0],
      [10 * 500 + 10, 10 * 500],
    ],
  );
  t.like(total, { items: 64, parameters: 431080, multiplyAdds: 64 * 2293000 });
  t.deepEqual(layers[1].tops, { Convolution0: [64, 20, 24, 24] });
  // Data and diff: of the weights, and of the top. ReLU is in place and takes none.
  t.is(layers[1].bytes, 8 * (520 + 64 * 20 * 24 * 24));
  t.is(layers[6].bytes, 0);
});

test('CaffeNet has its 61 million parameters and 724 million multiply-adds', async (t) => {
  const lrn: [string] = ['LRN'];
  const net = chain(input(1, 3, 227, 227), [
    ...[
      conv(96, 11, 'stride: 4'),
      ['ReLU'],
      pool(3, 2),
      lrn,
      conv(256, 5, 'pad: 2 group: 2'),
      ['ReLU'],
      pool(3, 2),
      lrn,
    ],
    ...[conv(384, 3, 'pad: 1'), ['ReLU'], conv(384, 3, 'pad: 1 group: 2'), ['ReLU'], conv(256, 3, 'pad: 1 group: 2')],
    ...[['ReLU'], pool(3, 2), full(4096), ['ReLU'], ['Dropout'], full(4096), ['ReLU'], ['Dropout'], full(1000)],
  ] as [string, string?][]);
  const { total } = await summary(t, net);
  t.is(total.parameters, 60965224);
  t.is(total.multiplyAdds, 724406816);
});

test('VGG-16 has its 138 million parameters and 15.5 billion multiply-adds', async (t) => {
  const blocks = [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ].flatMap((block) => [
    ...block.flatMap((outputs): [string, string?][] => [conv(outputs, 3, 'pad: 1'), ['ReLU']]),
    pool(2, 2),
  ]);
  const net = chain(input(1, 3, 224, 224), [...blocks, full(4096), ['ReLU'], full(4096), ['ReLU'], full(1000)]);
  const { total } = await summary(t, net);
  t.is(total.parameters, 138357544);
  t.is(total.multiplyAdds, 15470264320);
});

test('GoogLeNet has its 7 million parameters and 1.58 billion multiply-adds', async (t) => {
  const { total } = await summary(t, toPrototxt(googlenet(1), 'NetParameter'));
  t.is(total.parameters, 6998552);
  t.is(total.multiplyAdds, 1582671872);
});

test('ResNet-50 has its 25.6 million parameters and 3.86 billion multiply-adds', async (t) => {
  const { total } = await summary(t, toPrototxt(resnet50(1), 'NetParameter'));
  // What others count, and what Caffe's 53 BatchNorms keep: the sums of 26,560 means and variances, and their weight.
  t.is(total.parameters, 25557032 + 2 * 26560 + 53);
  t.is(total.multiplyAdds, 3857973248);
});

test('shared blobs count once, transposed weights count alike, and so do Deconvolution and LSTM', async (t) => {
  const shared = 'param { name: "w" } param { name: "b" }';
  const net = `
    ${input(5, 2, 3)}
    layer { name: "cont" type: "Input" top: "cont" input_param { shape { dim: 5 dim: 2 } } }
    layer { name: "lstm" type: "LSTM" bottom: "data" bottom: "cont" top: "lstm" recurrent_param { num_output: 4 } }
    ${layer('one', 'InnerProduct', 'lstm', 'one', `${shared} inner_product_param { num_output: 4 axis: 2 }`)}
    ${layer('two', 'InnerProduct', 'one', 'two', `${shared} inner_product_param { num_output: 4 axis: 2 }`)}
    ${layer('turned', 'InnerProduct', 'two', 'turned', 'inner_product_param { num_output: 7 axis: 2 transpose: true }')}
    layer { name: "image" type: "Input" top: "image" input_param { shape { dim: 1 dim: 2 dim: 3 dim: 3 } } }
    ${layer('up', 'Deconvolution', 'image', 'up', 'convolution_param { num_output: 6 kernel_size: 2 stride: 2 }')}`;
  const { layers } = await summary(t, net, '--time 2');
  const of = (name: string): number[] =>
    layers.flatMap(({ name: each, parameters, multiplyAdds }) => (each === name ? [parameters, multiplyAdds] : []));
  // Four gates of 4 units, from 3 inputs, a bias and 4 units; 5 steps of 2 streams.
  t.deepEqual(of('lstm'), [16 * 3 + 16 + 16 * 4, 5 * 2 * (16 * 3 + 16 * 4)]);
  t.deepEqual(of('one'), [4 * 4 + 4, 5 * 2 * 4 * 4]);
  t.deepEqual(of('two'), [0, 5 * 2 * 4 * 4]);
  t.deepEqual(of('turned'), [7 * 4 + 7, 5 * 2 * 7 * 4]);
  t.deepEqual(of('up'), [2 * 6 * 4 + 6, 2 * 3 * 3 * 6 * 4]);
});

test('for people it is a table, with times if they are asked for', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), chain(input(2, 3), [full(4)]));
  const { stdout } = await tscaffe('summary net.prototxt --time 1', { cwd });
  t.deepEqual(
    stdout
      .replaceAll(/\d\.\d{3}/g, 'N')
      .replaceAll(/ +/g, ' ')
      .split('\n'),
    [
      'layer type tops parameters multiply-adds MiB forward ms backward ms',
      'data Input data (2, 3) 0 0 0.00 N N',
      'InnerProduct0 InnerProduct InnerProduct0 (2, 4) 16 24 0.00 N N',
      'in all 16 24 0.00 N N',
      'for 2 items; for one 12 multiply-adds',
      '',
    ],
  );
});
