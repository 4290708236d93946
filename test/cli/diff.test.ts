import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';

const stock = fileURLToPath(new URL('stock/', import.meta.url));

const before = `
  name: "one"
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
          param { lr_mult: 1 } param { lr_mult: 2 decay_mult: 0 }
          convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: "xavier" } } }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
  layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "bn" }
  layer { name: "pool" type: "Pooling" bottom: "bn" top: "pool" pooling_param { kernel_size: 2 stride: 2 } }
`;

const after = `
  # Comments and spaces are no difference, nor is what a field has by default: MAX, 1, true.
  name: "two"
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 dim: 8 dim: 8 } } }
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv"
          param { lr_mult: 1 decay_mult: 1 }
          convolution_param { num_output: 8 kernel_size: [3, 5] bias_term: true
                              weight_filler { type: "msra" std: 0.01 } } }
  layer { name: "pool" type: "Pooling" bottom: "bn" top: "pool" pooling_param { pool: MAX kernel_size: 2 stride: 2 } }
  layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "bn" batch_norm_param { use_global_stats: false } }
  layer { name: "drop" type: "Dropout" bottom: "pool" top: "pool" }
`;

test('diff shows layers and fields that differ, with exit code 1', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'before.prototxt'), before);
  writeFileSync(join(cwd, 'after.prototxt'), after);
  const { code, stdout, stderr } = await tscaffe('diff before.prototxt after.prototxt', { cwd });
  t.is(code, 1);
  t.is(stderr, '');
  t.deepEqual(stdout.split('\n'), [
    '- layer "relu" (ReLU)',
    '+ layer "drop" (Dropout)',
    '~ net name: "one" -> "two"',
    '~ layer "data" input_param.shape[0].dim: [1, 3, 8, 8] -> [2, 3, 8, 8]',
    '~ layer "conv" param[1]: { lr_mult: 2 decay_mult: 0 } -> none',
    '~ layer "conv" convolution_param.num_output: 4 -> 8',
    '~ layer "conv" convolution_param.kernel_size: [3] -> [3, 5]',
    '~ layer "conv" convolution_param.weight_filler.type: "xavier" -> "msra"',
    '~ layer "conv" convolution_param.weight_filler.std: none -> 0.01',
    // Caffe asks whether it is there: without it, the phase decides.
    '~ layer "bn" batch_norm_param.use_global_stats: none -> false',
    '~ the layers that both have are in another order',
    '',
  ]);
  const json = await tscaffe('diff before.prototxt after.prototxt --json', { cwd });
  t.is(json.code, 1);
  const [found] = objectsIn(json.stdout) as { changed: object[] }[];
  t.like(found, {
    removed: [{ name: 'relu', type: 'ReLU' }],
    added: [{ name: 'drop', type: 'Dropout' }],
    reordered: true,
  });
  t.deepEqual(found.changed[0], { field: 'name', before: '"one"', after: '"two"' });
  t.deepEqual(found.changed[3], {
    layer: 'conv',
    field: 'convolution_param.num_output',
    before: '4',
    after: '8',
  });
  t.is(found.changed.length, 8);
});

test('a net is the same as itself, and as its old format', async (t) => {
  const cwd = scratchFolder(t);
  for (const name of ['old', 'new', 'old_solver', 'new_solver']) {
    copyFileSync(join(stock, `${name}.prototxt`), join(cwd, `${name}.prototxt`));
  }
  writeFileSync(join(cwd, 'before.prototxt'), before);
  const env = { TSCAFFE_LOG: 'silent' };
  for (const pair of [
    'before.prototxt before.prototxt',
    'old.prototxt new.prototxt',
    'old_solver.prototxt new_solver.prototxt',
  ]) {
    t.like(await tscaffe(`diff ${pair}`, { cwd, env }), { code: 0, stdout: '', stderr: '' }, pair);
  }
  const { code, stdout } = await tscaffe('diff before.prototxt before.prototxt --json', { cwd });
  t.is(code, 0);
  t.deepEqual(objectsIn(stdout), [{ removed: [], added: [], changed: [], reordered: false }]);
});

test('layers of one name in both phases are compared one by one, and solvers by their fields', async (t) => {
  const cwd = scratchFolder(t);
  const data = (batch: number, phase: string): string => `layer { name: "data" type: "DummyData" top: "data"
    include { phase: ${phase} } dummy_data_param { shape { dim: ${batch} } } }`;
  writeFileSync(join(cwd, 'a'), data(10, 'TRAIN') + data(5, 'TEST'));
  writeFileSync(join(cwd, 'b'), data(10, 'TRAIN') + data(7, 'TEST'));
  t.like(await tscaffe('diff a b', { cwd }), {
    code: 1,
    stdout: '~ layer "data" dummy_data_param.shape[0].dim: [5] -> [7]\n',
  });
  writeFileSync(join(cwd, 's'), 'base_lr: 0.1\nnet: "a"\n');
  writeFileSync(join(cwd, 'r'), 'base_lr: 0.003\nnet: "a"\nstepvalue: 5\ntype: "SGD"\n'); // SGD is the default
  t.like(await tscaffe('diff s r', { cwd }), {
    code: 1,
    stdout: '~ solver base_lr: 0.1 -> 0.003\n~ solver stepvalue: none -> [5]\n',
  });
  for (const [args, code, message] of [
    ['a', 2, /^tscaffe: missing required argument 'after'\n$/],
    ['a s', 1, /^tscaffe diff: s is a solver, and a is a net\n$/],
    ['a none', 1, /^tscaffe diff: none: cannot be read: ENOENT: [^\n]*\n$/],
    ['a b --jsn', 2, /^tscaffe: unknown option '--jsn'/],
  ] as const) {
    const outcome = await tscaffe(`diff ${args}`, { cwd });
    t.is(outcome.code, code, args);
    t.regex(outcome.stderr, message, args);
  }
});
