import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { io, Net, Weights } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';
import { oldWeights } from './stock/old-weights.js';

const net = (outputs: number, more = ''): string => `
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 4 dim: 5 } } }
  layer { name: "conv/a" type: "Convolution" bottom: "data" top: "conv"
          convolution_param { num_output: 2 kernel_size: 3 weight_filler { type: "constant" value: 0.5 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" inner_product_param { num_output: ${outputs} } }
  ${more}`;

const scale = 'layer { name: "scale" type: "Scale" bottom: "ip" top: "scale" }';

test('weights ls shows the layers of a caffemodel, of HDF5 and of a binaryproto', async (t) => {
  const cwd = scratchFolder(t);
  const built = new Net({ text: net(3) }, 'test');
  built.save(join(cwd, 'net.caffemodel'));
  built.saveHDF5(join(cwd, 'net.h5'), { diff: true });
  io.writeMean(join(cwd, 'mean.binaryproto'), { data: new Float32Array(6), shape: [1, 2, 3] });
  writeFileSync(join(cwd, 'old.caffemodel'), oldWeights);
  // 2 * 3 * 3 * 3 + 2, and 3 * (2 * 2 * 3) + 3.
  t.like(await tscaffe('weights ls net.caffemodel', { cwd }), {
    code: 0,
    stdout: [
      'layer   type          blobs             values',
      'conv/a  Convolution   (2, 3, 3, 3) (2)      56',
      'ip      InnerProduct  (3, 12) (3)           39',
      'in all                                      95',
      '',
    ].join('\n'),
  });
  const blobs = (...shapes: number[][]): object[] =>
    shapes.map((shape) => ({ shape, count: shape.reduce((product, size) => product * size, 1) }));
  for (const [file, layers] of Object.entries({
    'net.h5': [
      { name: 'conv/a', type: '', blobs: blobs([2, 3, 3, 3], [2]), count: 56 },
      { name: 'ip', type: '', blobs: blobs([3, 12], [3]), count: 39 },
    ],
    'mean.binaryproto': [{ name: '', type: '', blobs: blobs([1, 1, 2, 3]), count: 6 }],
  })) {
    const { stdout } = await tscaffe(`weights ls ${file} --json`, { cwd });
    t.deepEqual(objectsIn(stdout), [{ layers, count: file === 'net.h5' ? 95 : 6 }], file);
  }
  const { stdout } = await tscaffe('weights ls old.caffemodel --json', { cwd, env: { TSCAFFE_LOG: 'silent' } });
  const names = (objectsIn(stdout) as { layers: { name: string }[] }[])[0].layers.map(({ name }) => name);
  t.deepEqual(
    names,
    Weights.from(oldWeights).layers.map(({ name }) => name),
  );
});

test('weights stats gives least, most, mean and standard deviation, and counts NaN and infinities', async (t) => {
  const cwd = scratchFolder(t);
  const built = new Net({ text: net(3) }, 'test');
  built.params['ip'][1].data.set([1, NaN, 3]);
  built.params['conv/a'][1].data.set([Infinity, -Infinity]);
  built.save(join(cwd, 'net.caffemodel'));
  const { stdout, code } = await tscaffe('weights stats net.caffemodel --json', { cwd });
  t.is(code, 0);
  const none = { nan: 0, infinite: 0 };
  const [{ blobs }] = objectsIn(stdout);
  t.deepEqual(blobs, [
    { layer: 'conv/a', blob: 0, shape: [2, 3, 3, 3], count: 54, min: 0.5, max: 0.5, mean: 0.5, std: 0, ...none },
    {
      layer: 'conv/a',
      blob: 1,
      shape: [2],
      count: 2,
      min: 'NaN',
      max: 'NaN',
      mean: 'NaN',
      std: 'NaN',
      nan: 0,
      infinite: 2,
    },
    { layer: 'ip', blob: 0, shape: [3, 12], count: 36, min: 0, max: 0, mean: 0, std: 0, ...none },
    { layer: 'ip', blob: 1, shape: [3], count: 3, min: 1, max: 3, mean: 2, std: 1, nan: 1, infinite: 0 }, // of 1 and 3
  ]);
  const table = await tscaffe('weights stats net.caffemodel', { cwd });
  t.regex(table.stdout, /^layer +blob +shape +values +min +max +mean +std +NaN +infinite\n/);
  t.regex(table.stdout, /^ip +1 +\(3\) +3 +1 +3 +2 +1 +1 +0$/m);
});

test('weights diff names layers, shapes and the largest difference, with exit code 1', async (t) => {
  const cwd = scratchFolder(t);
  const one = new Net({ text: net(3, scale) }, 'test');
  one.save(join(cwd, 'one.caffemodel'));
  one.saveHDF5(join(cwd, 'one.h5'));
  const other = new Net({ text: net(4, scale.replaceAll('scale', 'other').replace('Scale', 'Bias')) }, 'test');
  other.params['conv/a'][0].data.set([0.5, 0.75, 0.25]);
  other.params['conv/a'][1].data[1] = -2;
  other.save(join(cwd, 'other.caffemodel'));
  const outcome = await tscaffe('weights diff one.caffemodel other.caffemodel', { cwd });
  t.is(outcome.code, 1);
  t.deepEqual(outcome.stdout.split('\n'), [
    '- layer "scale" (Scale)',
    '+ layer "other" (Bias)',
    '~ layer "ip" blobs[0]: (3, 12) -> (4, 12)',
    '~ layer "ip" blobs[1]: (3) -> (4)',
    '~ layer "conv/a" blobs[0]: 2 of 54 values differ; the largest difference is 0.25, at 1',
    '~ layer "conv/a" blobs[1]: 1 of 2 values differ; the largest difference is 2, at 1',
    '',
  ]);
  const json = await tscaffe('weights diff one.caffemodel other.caffemodel --json', { cwd });
  t.is(json.code, 1);
  t.like(objectsIn(json.stdout)[0], {
    removed: [{ name: 'scale', type: 'Scale' }],
    added: [{ name: 'other', type: 'Bias' }],
    shapes: [
      { layer: 'ip', blob: 0, before: [3, 12], after: [4, 12] },
      { layer: 'ip', blob: 1, before: [3], after: [4] },
    ],
    values: [
      { layer: 'conv/a', blob: 0, count: 54, differing: 2, largest: 0.25, at: 1 },
      { layer: 'conv/a', blob: 1, count: 2, differing: 1, largest: 2, at: 1 },
    ],
  });
  t.like(await tscaffe('weights diff one.caffemodel one.caffemodel', { cwd }), { code: 0, stdout: '' });
  t.like(await tscaffe('weights diff one.caffemodel one.h5', { cwd }), { code: 0, stdout: '' });
});

test('a NaN differs from a number but not from a NaN', async (t) => {
  const cwd = scratchFolder(t);
  const write = (name: string, values: number[]): void => {
    io.writeMean(join(cwd, name), { data: Float32Array.from(values), shape: [1, 1, 4] });
  };
  write('a', [1, NaN, 3, 5]);
  write('b', [1, NaN, 3.5, NaN]);
  t.like(await tscaffe('weights diff a b', { cwd }), {
    code: 1,
    stdout: '~ layer "" blobs[0]: 2 of 4 values differ; the largest difference is nan, at 3\n',
  });
});

test('files that hold no weights are one line on standard error', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'empty'), '');
  writeFileSync(join(cwd, 'text'), 'layer { name: "x" }\n');
  writeFileSync(join(cwd, 'torn.h5'), Buffer.from('\x89HDF\r\n\x1a\n and no more', 'latin1'));
  for (const [args, code, message] of [
    ['ls', 2, /^tscaffe: missing required argument 'file'\n$/],
    ['sl empty', 2, /^tscaffe: unknown command 'sl'\n/],
    ['ls none', 1, /^tscaffe weights: none: cannot be read: ENOENT: [^\n]*\n$/],
    ['ls .', 1, /^tscaffe weights: \.: cannot be read: EISDIR: [^\n]*\n$/],
    ['ls empty', 1, /^tscaffe weights: empty: holds no weights\n$/],
    ['stats text', 1, /^tscaffe weights: text: 20 bytes that are not a serialized caffe\.NetParameter\n$/],
    ['ls torn.h5', 1, /^tscaffe weights: torn\.h5: [^\n]*\n$/],
    ['diff empty', 2, /^tscaffe: missing required argument 'after'\n$/],
  ] as const) {
    const outcome = await tscaffe(`weights ${args}`, { cwd });
    t.is(outcome.code, code, `${args}\n${outcome.stderr}`);
    t.regex(outcome.stderr, message, args);
    t.is(outcome.stdout, '');
  }
});
