import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { io, Net } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { tscaffe } from './command.js';
import { oldWeights } from './stock/old-weights.js';

const stock = fileURLToPath(new URL('stock/', import.meta.url));

test('upgrade writes what Caffe’s three upgrade tools write', async (t) => {
  const cwd = scratchFolder(t);
  for (const name of ['old.prototxt', 'old_solver.prototxt']) copyFileSync(join(stock, name), join(cwd, name));
  writeFileSync(join(cwd, 'old_weights.caffemodel'), oldWeights);
  for (const name of ['.prototxt', '_solver.prototxt', '_weights.caffemodel']) {
    const { code, stdout } = await tscaffe(`upgrade old${name} new${name}`, { cwd, env: { TSCAFFE_LOG: 'silent' } });
    t.is(code, 0);
    t.is(stdout, '');
    t.deepEqual(readFileSync(join(cwd, `new${name}`)), readFileSync(join(stock, `new${name}`)), name);
  }
});

test('upgrade of what is neither net nor solver writes nothing', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'wrong.prototxt'), 'name: "x"\nlayerz { }\n');
  const { code, stderr } = await tscaffe('upgrade wrong.prototxt new.prototxt', { cwd });
  t.is(code, 1);
  t.regex(stderr, /^tscaffe upgrade: wrong\.prototxt:2:1: .*no field named "layerz"/);
  t.deepEqual(readdirSync(cwd), ['wrong.prototxt']);
});

test('draw writes SVG, PNG and DOT by the name of the file, and refuses others', async (t) => {
  const cwd = scratchFolder(t);
  copyFileSync(join(stock, 'net.prototxt'), join(cwd, 'net.prototxt'));
  for (const [name, head] of [
    ['net.svg', '<?xml'],
    ['net.png', '\u0089PNG'],
    ['net.dot', 'digraph Stripes {\nrankdir=TB;'],
  ]) {
    t.like(await tscaffe(`draw net.prototxt ${name} --rankdir TB --phase TEST`, { cwd }), { code: 0, stdout: '' });
    t.true(readFileSync(join(cwd, name), 'latin1').startsWith(head), name);
  }
  const dot = readFileSync(join(cwd, 'net.dot'), 'utf8');
  t.true(dot.includes('accuracy'));
  await tscaffe('draw net.prototxt net.dot --phase TRAIN', { cwd });
  t.false(readFileSync(join(cwd, 'net.dot'), 'utf8').includes('accuracy'));
  const { code, stderr } = await tscaffe('draw net.prototxt net.pdf', { cwd });
  t.is(code, 2);
  t.regex(stderr, /^tscaffe draw: net\.pdf: expected a file that ends in \.svg, \.png, \.dot, \.gv\n$/);
});

const prototxt = `
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 5 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
          convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "relu" }`;

async function run(model: string, feeds: Record<string, Tensor>): Promise<Record<string, number[]>> {
  const outputs = await (await InferenceSession.create(model)).run(feeds);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data as Float32Array)]),
  );
}

test('export writes a model with which onnxruntime computes what the net does, also from images', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), prototxt);
  const net = new Net({ text: prototxt }, 'test');
  net.save(join(cwd, 'net.caffemodel'));
  const close = (actual: number[], expected: ArrayLike<number>): void => {
    t.is(actual.length, expected.length);
    const most = Math.max(...Array.from(expected, Math.abs));
    actual.forEach((value, i) => t.true(Math.abs(value - expected[i]) <= 1e-5 * most, `${value}, not ${expected[i]}`));
  };

  const values = Float32Array.from({ length: 60 }, (_, i) => ((i * 37) % 61) / 60);
  const plain = await tscaffe('export net.prototxt net.caffemodel --onnx plain.onnx --outputs relu,conv', { cwd });
  t.is(plain.code, 0, plain.stderr);
  const { conv, relu } = await run(join(cwd, 'plain.onnx'), { data: new Tensor('float32', values, [1, 3, 4, 5]) });
  const expected = net.forward({ data: values }, { blobs: ['conv'] });
  close(conv, expected['conv']);
  close(relu, expected['relu']);

  const options = '--mean 104,117,123 --swap --dynamic-batch --opset 17';
  const images = await tscaffe(`export net.prototxt net.caffemodel --onnx images.onnx ${options}`, { cwd });
  t.is(images.code, 0, images.stderr);
  const transformer = new io.Transformer({ data: [1, 3, 4, 5] });
  transformer.setTranspose('data', [2, 0, 1]);
  transformer.setChannelSwap('data', [2, 1, 0]);
  transformer.setRawScale('data', 255);
  transformer.setMean('data', [104, 117, 123]);
  const image = { data: values, shape: [4, 5, 3] };
  // Two of the same.
  const two = Float32Array.from([...values, ...values]);
  const ofImages = await run(join(cwd, 'images.onnx'), { data: new Tensor('float32', two, [2, 4, 5, 3]) });
  const ofImage = net.forward({ data: transformer.preprocess('data', image).data })['relu'];
  close(ofImages['relu'], [...ofImage, ...ofImage]);
});

test('export refuses outputs, versions and means that there are not', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), prototxt);
  new Net({ text: prototxt }, 'test').save(join(cwd, 'net.caffemodel'));
  for (const [options, code, message] of [
    ['--outputs rel', 2, /outputs: the net has no blob "rel"; did you mean relu\?/],
    ['--opset 12', 2, /Expected an integer from 13 to 18 for opset but received 12/],
    ['--mean none.binaryproto', 2, /--mean none\.binaryproto: there is no such file, and these are no numbers/],
    ['--mean 1,2', 2, /mean/],
  ] as const) {
    const outcome = await tscaffe(`export net.prototxt net.caffemodel --onnx x.onnx ${options}`, { cwd });
    t.is(outcome.code, code, outcome.stderr);
    t.regex(outcome.stderr, message);
    t.notRegex(outcome.stderr, /\n {4}at /, 'no stack');
  }
  t.deepEqual(readdirSync(cwd).sort(), ['net.caffemodel', 'net.prototxt']);
});
