import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { Net, registerLayer, type LayerConstructor } from 'tscaffe';
import ts from 'typescript';
import { dataFolder, prepareData } from '../../examples/mnist/data.js';
import { scratchFolder } from '../scratch-folder.js';

/** The blocks of code of a page, without those in lists. */
function codeOf(page: string): { language: string; code: string }[] {
  const fences = readFileSync(page, 'utf8').matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...fences].map(([, language = '', code = '']) => ({ language, code }));
}

const readme = codeOf('README.md');

/** The one block of README.md that holds this text. */
function blockWith(text: string): string {
  const found = readme.filter(({ code }) => code.includes(text));
  if (found.length !== 1) throw new Error(`README.md has ${found.length} blocks with ${text}, expected 1`);
  return found[0].code;
}

const layer = blockWith('class EuclideanLossLayer');
const inPrototxt = blockWith('type: "Python"');
const program = blockWith('new SGDSolver');
const check = blockWith('checkGradient(');

/** A project of a user who has installed the package, with the files of README.md. */
function project(t: ExecutionContext): string {
  const folder = scratchFolder(t);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(process.cwd(), join(folder, 'node_modules/tscaffe'));
  symlinkSync(resolve('node_modules/onnxruntime-node'), join(folder, 'node_modules/onnxruntime-node'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(join(folder, 'pyloss.ts'), layer);
  writeFileSync(join(folder, 'train.ts'), program);
  writeFileSync(join(folder, 'check.ts'), check);
  return folder;
}

interface Outcome {
  code: number | null;
  output: string;
}

const run = (file: string, cwd: string): Promise<Outcome> =>
  outcomeOf(process.execPath, [`--import=${import.meta.resolve('tsx')}`, file], cwd);

/** Runs a line as a user types it: no flag of Node is set, and no path of layers as another test sets it. */
const shell = (line: string, cwd: string): Promise<Outcome> =>
  outcomeOf('/bin/sh', ['-c', line], cwd, { NODE_OPTIONS: '', TSCAFFE_LAYER_PATH: undefined });

async function outcomeOf(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

test('the gradient of README.md’s layer is right', async (t) => {
  t.deepEqual(await run('check.ts', project(t)), { code: 0, output: '' });
});

test('README.md’s layer computes what Caffe’s EuclideanLoss does, with a gradient for both bottoms', async (t) => {
  const module = (await import(pathToFileURL(join(project(t), 'pyloss.ts')).href)) as Record<string, LayerConstructor>;
  registerLayer('ReadmeLoss', module['EuclideanLossLayer']);
  const a = Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const b = Array.from({ length: 12 }, (_, i) => Math.cos(2 * i));
  const [own, stock] = ['ReadmeLoss', 'EuclideanLoss'].map((type) => {
    const text = `
      force_backward: true
      layer { name: "in" type: "Input" top: "a" top: "b"
              input_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 3 } } }
      layer { name: "loss" type: "${type}" bottom: "a" bottom: "b" top: "loss" loss_weight: 2 }`;
    const net = new Net({ text }, 'train');
    const { loss } = net.forward({ a, b });
    const value = loss[0];
    net.backward();
    return [value, ...net.blobs['a'].cpuDiff, ...net.blobs['b'].cpuDiff];
  });
  t.is(own.length, 25);
  own.forEach((value, i) => {
    t.true(Math.abs(value - stock[i]) <= 1e-6, `${i}: ${value}, Caffe has ${stock[i]}`);
  });
  t.true(stock.slice(13).some((value) => value !== 0));
});

const bare = (text: string): string => text.replaceAll(/#.*/g, '').replaceAll(/\s+/g, ' ').trim();

/** Puts the net and the solver of examples/mnist into a project, with small batches; returns the net. */
function addLenet(t: ExecutionContext, folder: string): string {
  prepareData();
  const net = readFileSync('examples/mnist/lenet_train_test.prototxt', 'utf8');
  t.true(bare(net).includes(bare(inPrototxt)), 'README.md shows a layer that the net of the example has');
  // Batches of 4 instead of 64, and 10 of the 100 for a test: 1000 iterations then take seconds.
  const small = net.replaceAll('examples/mnist/data', dataFolder).replace('batch_size: 64', 'batch_size: 4');
  const solver = readFileSync('examples/mnist/lenet_solver.prototxt', 'utf8')
    .replace('examples/mnist/lenet_train_test.prototxt', 'lenet_train_test.prototxt')
    .replace('examples/mnist/data/lenet', 'lenet')
    .replace('test_iter: 100', 'test_iter: 10')
    .replace('test_interval: 500', 'test_interval: 1000'); // no test before the program's own
  writeFileSync(join(folder, 'lenet_train_test.prototxt'), small);
  writeFileSync(join(folder, 'lenet_solver.prototxt'), solver);
  copyFileSync('examples/mnist/one_hot.ts', join(folder, 'one_hot.ts'));
  return small;
}

test('README.md’s program trains the net of examples/mnist, and its weights recognise digits', async (t) => {
  const folder = project(t);
  const small = addLenet(t, folder);
  const { code, output } = await run('train.ts', folder);
  t.is(code, 0, output);
  const lines = output.trimEnd().split('\n');
  t.deepEqual(
    lines.slice(0, 10).map((line) => Number(line.split(' ')[0])),
    [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000],
  );
  const [, printed] = /^accuracy ([\d.]+)$/.exec(lines[10] ?? '') ?? [];
  t.true(Number(printed) > 0.8, output);

  process.env['TSCAFFE_LAYER_PATH'] = folder; // the net is read from a text, which has no folder
  const trained = new Net({ text: small }, 'test', { weights: join(folder, 'final.caffemodel') });
  let sum = 0;
  for (let batch = 0; batch < 10; batch++) sum += trained.forward()['accuracy'][0];
  t.is((sum / 10).toFixed(4), Number(printed).toFixed(4));
});

test('README.md’s command lines train the net of examples/mnist, go on, test and time it', async (t) => {
  const folder = project(t);
  addLenet(t, folder);
  mkdirSync(join(folder, 'node_modules/.bin'));
  symlinkSync('../tscaffe/dist/cli/main.js', join(folder, 'node_modules/.bin/tscaffe'));
  const expected = [
    /iteration 1000, best so far: lenet_best\.caffemodel\n.*done: 1000 iterations/s,
    /^going on from lenet_iter_1000\.solverstate, iteration 1000\n.*done: 1000 iterations/s,
    /\nBatch 99, loss = .*\naccuracy = 0\.[89]\d*\n/s,
    /^Initial loss: .*\n {6}loss\tbackward: .* ms\.\n.*\nTotal Time: .* ms\.\n$/s,
  ];
  const lines = blockWith('npx tscaffe train').trimEnd().split('\n');
  t.is(lines.length, expected.length);
  for (const [i, line] of lines.entries()) {
    const { code, output } = await shell(line, folder);
    t.is(code, 0, output);
    t.regex(output, expected[i]);
  }
});

test('docs/data.md’s recipe cuts out a part where the random numbers say, and mirrors it', async (t) => {
  const [recipe] = codeOf('docs/data.md').filter(({ code }) => code.includes('function augmented'));
  const folder = project(t);
  // Each value of the image tells its place, modulo 251. Top 0.5 * 5, left 0.9 * 5, and mirrored below one half.
  const print = `const image = Uint8Array.from({ length: size }, (_, i) => i % 251);
    for (const mirror of [0.4, 0.5]) {
      const numbers = [0.5, 0.9, mirror];
      console.log(JSON.stringify([...augmented(image, () => numbers.shift() ?? NaN)]));
    }`;
  writeFileSync(join(folder, 'recipe.ts'), recipe.code + print);
  const { code, output } = await run('recipe.ts', folder);
  t.is(code, 0, output);
  const [mirrored, straight] = output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as number[]);
  const expected = (isMirrored: boolean): number[] =>
    Array.from({ length: 3 * 28 * 28 }, (_, i) => {
      const [channel, row, column] = [Math.floor(i / 784), Math.floor(i / 28) % 28, i % 28];
      return (channel * 1024 + (2 + row) * 32 + 4 + (isMirrored ? 27 - column : column)) % 251;
    });
  t.deepEqual(mirrored, expected(true));
  t.deepEqual(straight, expected(false));
});

test('docs/onnx.md’s programs export a net and run it, with the numbers of Caffe', async (t) => {
  const programs = codeOf('docs/onnx.md').filter(({ language }) => language === 'ts');
  const folder = project(t);
  const deploy = `
    layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
            inner_product_param { num_output: 10 weight_filler { type: "xavier" } bias_filler { type: "gaussian" } } }
    layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }`;
  const net = new Net({ text: deploy }, 'test');
  writeFileSync(join(folder, 'deploy.prototxt'), deploy);
  net.save(join(folder, 'lenet.caffemodel'));
  const [save, load] = ['onnx.save(', 'InferenceSession'].map((text) =>
    programs.find(({ code }) => code.includes(text)),
  );
  writeFileSync(join(folder, 'save.ts'), save?.code ?? '');
  writeFileSync(join(folder, 'load.ts'), (load?.code ?? '').replace('prob.data', 'JSON.stringify([...prob.data])'));
  t.deepEqual(await run('save.ts', folder), { code: 0, output: '' });
  const { code, output } = await run('load.ts', folder);
  t.is(code, 0, output);
  const numbers = JSON.parse(output) as number[];
  const { prob } = net.forward({ data: new Float32Array(784) });
  t.is(numbers.length, 10);
  prob.forEach((value, i) => {
    t.true(Math.abs(numbers[i] - value) <= 1e-5, `${i}: ${numbers[i]}, Caffe has ${value}`);
  });
});

test('the programs of README.md and docs/ pass the compiler', (t) => {
  const folder = project(t);
  const pages = ['README.md', ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];
  const files = pages.flatMap((page) =>
    codeOf(page)
      .filter(({ language, code }) => language === 'ts' && code.startsWith('import '))
      .map(({ code }, i) => {
        const file = join(folder, `${page.replaceAll(/\W/g, '-')}-${i}.ts`);
        writeFileSync(file, code);
        return file;
      }),
  );
  t.true(files.length >= 8, `${files.length} programs`);
  t.true(existsSync('dist/index.d.ts'));
  const found = ts.getPreEmitDiagnostics(
    ts.createProgram(files, {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
      typeRoots: ['node_modules/@types'],
    }),
  );
  t.is(
    ts.formatDiagnostics(found, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => folder,
      getNewLine: () => '\n',
    }),
    '',
  );
});
