import { copyFileSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { applyFixes, io, lint, Net, readNet, toPrototxt, type Finding } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { tscaffe } from './command.js';

const codesOf = (findings: readonly Finding[]): string[] => [...new Set(findings.map(({ code }) => code))];

/** The rules of docs/lint.md: their codes, each with its wrong and its right text. */
function rulesOfPage(): { code: string; wrong: string; right: string }[] {
  const page = readFileSync('docs/lint.md', 'utf8');
  return page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [wrong = '', right = ''] = [...section.matchAll(/^```\n(.*?)^```$/gms)].map(([, text]) => text);
      return { code: /^`([\w-]+)`/.exec(section)?.[1] ?? '', wrong, right };
    });
}

/** The net of the page's solvers. */
function netOfPage(): string {
  const [, text = ''] =
    /^`net\.prototxt` of these is:\n\n```\n(.*?)^```$/ms.exec(readFileSync('docs/lint.md', 'utf8')) ?? [];
  return text;
}

test('every wrong net of docs/lint.md is found with its code, and every right one is right', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), netOfPage());
  const rules = rulesOfPage();
  for (const { code, wrong, right } of rules) {
    writeFileSync(join(cwd, `${code}.wrong.prototxt`), wrong);
    writeFileSync(join(cwd, `${code}.right.prototxt`), right);
  }
  const files = rules.flatMap(({ code }) => [`${code}.wrong.prototxt`, `${code}.right.prototxt`]);
  const { code: exit, stdout, stderr } = await tscaffe(['lint', '--json', ...files], { cwd });
  t.is(exit, 1, stderr);
  t.is(stderr, '');
  const findings = JSON.parse(stdout) as (Finding & { fixable: boolean })[];
  for (const { code } of rules) {
    t.deepEqual(codesOf(findings.filter(({ file }) => file === `${code}.wrong.prototxt`)), [code], code);
    t.deepEqual(
      findings.filter(({ file }) => file === `${code}.right.prototxt`),
      [],
      code,
    );
  }
  t.deepEqual(
    findings.filter(({ file }) => file === 'net.prototxt'),
    [],
  );
  for (const { text, hint } of findings) {
    t.false(`${text}${hint}`.includes('\n'));
    t.not(hint, '');
  }
});

test('docs/lint.md has every code that lint can say', (t) => {
  const files = readdirSync('src/lint', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const source = files.map((name) => readFileSync(join('src/lint', name), 'utf8')).join('');
  const said = [...source.matchAll(/(?:report|say)\(\s*'([\w-]+)'|code: '([\w-]+)'|\? '([\w-]+)' : '([\w-]+)',$/gm)];
  const codes = said.flatMap((match) => match.slice(1).filter((code) => code !== undefined));
  t.deepEqual(
    [...new Set(codes)].sort(),
    rulesOfPage()
      .map(({ code }) => code)
      .sort(),
  );
});

test('what --fix can mend it mends in place, and comments stay', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), netOfPage());
  const fixable = ['loss-weight', 'batchnorm-lr-mult', 'global-stats-in-training', 'old-format'];
  const files = fixable.map((code) => `${code}.prototxt`);
  for (const { code, wrong } of rulesOfPage()) {
    if (fixable.includes(code)) writeFileSync(join(cwd, `${code}.prototxt`), `# first\n${wrong}# last\n`);
  }
  const before = files.map((file) => readNet(join(cwd, file)));
  const { code, stdout, stderr } = await tscaffe(['lint', '--fix', ...files], { cwd });
  t.is(code, 0, stdout + stderr);
  for (const file of files) {
    const text = readFileSync(join(cwd, file), 'utf8');
    t.true(text.startsWith('# first\n') && text.endsWith('# last\n'), text);
  }
  // The one of an old format is the message that Caffe makes of it; the others differ by a field.
  t.deepEqual(readNet(join(cwd, 'old-format.prototxt')), before[3]);
  t.notDeepEqual(readNet(join(cwd, 'loss-weight.prototxt')), before[0]);
  t.deepEqual(readdirSync(cwd).sort(), [...files, 'net.prototxt'].sort());
});

test('a net of V1 with comments keeps them, and becomes what Caffe makes of it', async (t) => {
  const text = `name: "old" # its name
input: "data" input_shape { dim: 1 dim: 3 dim: 8 dim: 8 }
# a convolution
layers {
  name: "conv"
  type: CONVOLUTION # of today
  bottom: "data"
  top: "conv"
  blobs_lr: 1   # weights
  blobs_lr: 2   # bias
  weight_decay: 1
  weight_decay: 0
  convolution_param { num_output: 4 kernel_size: 3 }
}
layers { name: "relu" type: RELU bottom: "conv" top: "conv" }
`;
  const findings = await lint({ text, file: 'old.prototxt' });
  t.deepEqual(
    findings.map(({ code, line, column }) => `${line}:${column} ${code}`),
    ['2:1 old-format', '4:1 old-format'],
  );
  const mended = applyFixes(text, findings);
  t.deepEqual(await lint({ text: mended }), []);
  t.is(toPrototxt(readNet({ text: mended })), toPrototxt(readNet({ text })));
  for (const comment of ['# its name', '# a convolution', '# of today', '# weights', '# bias']) {
    t.true(mended.includes(comment), mended);
  }
});

/** Layers that --fix mends: loss_weight of an Accuracy, and lr_mult of a BatchNorm. */
const mendable = `layer { name: "data" type: "DummyData" top: "x" top: "label"
  dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } }
layer { name: "bn" type: "BatchNorm" bottom: "x" top: "n" param { decay_mult: 1 } param {} param {} }
layer { name: "scale" type: "Scale" bottom: "n" top: "s" }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "s" bottom: "label" top: "loss" }
layer { name: "accuracy" type: "Accuracy" bottom: "s" bottom: "label" top: "accuracy" loss_weight: 1 }
`;
const mendableMended = mendable
  .replace(' loss_weight: 1', '')
  .replace(
    'param { decay_mult: 1 } param {} param {}',
    'param { lr_mult: 0 decay_mult: 1 } param { lr_mult: 0} param { lr_mult: 0}',
  );
const fields = 'base_lr: 0.1 lr_policy: "fixed" max_iter: 9 snapshot_prefix: "x" test_iter: 1 test_interval: 3\n';

test('a net that goes by several names is mended once, and told of once', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'net.prototxt'), mendable);
  symlinkSync('net.prototxt', join(cwd, 'link.prototxt'));
  const names = ['train_net: "net.prototxt"', 'test_net: "./net.prototxt"', 'test_net: "link.prototxt"'];
  const solver = `${names.join('\n')}\n${fields.replace('test_iter: 1', 'test_iter: 1 test_iter: 1')}`;
  writeFileSync(join(cwd, 'solver.prototxt'), solver);
  writeFileSync(join(cwd, 'other.prototxt'), `net: "../${basename(cwd)}/net.prototxt"\n${fields}`);
  const command = ['lint', 'solver.prototxt', './net.prototxt', 'other.prototxt'];
  const found = await tscaffe(command, { cwd });
  t.deepEqual(
    found.stdout.split('\n').flatMap((line) => /^(\S+:\d+):\d+: ([\w-]+):/.exec(line)?.slice(1).join(' ') ?? []),
    ['net.prototxt:3 batchnorm-lr-mult', 'net.prototxt:6 loss-weight'],
    found.stdout,
  );
  t.like(await tscaffe([...command, '--fix'], { cwd }), { code: 0, stdout: '', stderr: '' });
  t.is(readFileSync(join(cwd, 'net.prototxt'), 'utf8'), mendableMended);
  t.is(readFileSync(join(cwd, 'solver.prototxt'), 'utf8'), solver);
});

test('solver_type becomes the type that Caffe makes of it, by name and by number', async (t) => {
  // The enumeration of caffe.proto, and the names that UpgradeSolverType gives to it.
  const types = {
    SGD: 'SGD',
    NESTEROV: 'Nesterov',
    ADAGRAD: 'AdaGrad',
    RMSPROP: 'RMSProp',
    ADADELTA: 'AdaDelta',
    ADAM: 'Adam',
  };
  for (const [number, [name, type]] of Object.entries(types).entries()) {
    for (const old of [name, String(number)]) {
      const text = `net_param {}\nsolver_type: ${old}\n`;
      t.is(applyFixes(text, await lint({ text })), `net_param {}\ntype: "${type}"\n`);
    }
  }
});

test('--fix removes a list as a whole, a separator too, and writes nothing that cannot be read', async (t) => {
  const accuracy = (weights: string): string =>
    mendableMended.replace('top: "accuracy"', `top: "accuracy" top: "of_classes"${weights}`);
  for (const weights of [' loss_weight: [1, 0]', ' loss_weight: 1; loss_weight: 0,', ' loss_weight: [ 1,0 ] ;']) {
    const text = accuracy(weights);
    const findings = await lint({ text });
    t.deepEqual(codesOf(findings), ['loss-weight'], weights);
    t.is(applyFixes(text, findings), accuracy(''));
  }
  const old = `input: ["data", "more"]; input_dim: [1, 3, 8, 8, 1, 3, 8, 8]
layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv" blobs_lr: [1, 2], weight_decay: [1, 0];
  convolution_param { num_output: 4 kernel_size: 3 } }
layers { name: "silence" type: SILENCE bottom: "conv" bottom: "more" }
`;
  const mended = applyFixes(old, await lint({ text: old }));
  t.deepEqual(codesOf(await lint({ text: mended })), []);
  t.is(toPrototxt(readNet({ text: mended })), toPrototxt(readNet({ text: old })));
  // Without its solver_type nothing says any more that this is a solver.
  const [finding, ...more] = (await lint({ text: 'solver_type: ADAM\n' })).filter(({ code }) => code === 'old-format');
  t.deepEqual([finding.edits, ...more], [undefined]);
});

test('several things that one rule finds at one place are all told, and what several phases say once', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(
    join(cwd, 'solver.prototxt'),
    'net_param {}\nlr_policy: "step" max_iter: 9 snapshot_after_train: false\n',
  );
  const { stdout } = await tscaffe('lint solver.prototxt', { cwd });
  t.deepEqual(
    [...stdout.matchAll(/^solver\.prototxt:2:1: missing-field: (.*?):?( it | the |$)/gm)].map(([, text]) => text),
    ['base_lr is missing', 'lr_policy "step" needs gamma', 'lr_policy "step" needs stepsize'],
    stdout,
  );
  // Windows of 2 by 2 leave out the last row of 5 in training, and of 7 in tests; 125 and 343 values make no 3 rows.
  const data = (phase: string, size: number): string => `
    layer { name: "${phase}" type: "DummyData" top: "x" include { phase: ${phase} }
            dummy_data_param { shape { dim: 1 dim: ${size} dim: ${size} dim: ${size} } } }`;
  const below = (params: string): string => `${data('TRAIN', 5)}${data('TEST', 7)}
    layer { name: "above" bottom: "x" top: "y" ${params} }`;
  const pooling = below('type: "Pooling" pooling_param { kernel_size: 2 stride: 2 round_mode: FLOOR }');
  t.deepEqual(
    (await lint({ text: pooling })).map(({ code, text }) => `${code}: ${text}`),
    ['pooling-rim: layer "above" does not look at the last 1 of 5 rows'],
  );
  const refused = below('type: "Reshape" reshape_param { shape { dim: 3 dim: -1 } }');
  t.deepEqual(codesOf(await lint({ text: refused })), ['refused']);
  t.is((await lint({ text: refused })).length, 1);
});

test('strings are those that libprotobuf reads: with escapes, and joined', async (t) => {
  const cwd = scratchFolder(t);
  // In UTF-8 \303 \251 and \xc3 \xa9 are an é, and \145 is an e.
  const net = (blob: string, top = String.raw`"\303\251"`): string => `
    layer { name: "data" type: "DummyData" top: ${top} dummy_data_param { shape { dim: 2 dim: 3 } } }
    layer { name: 'n\\145t' "work" # and its type
            type: "Silence" bottom: ${blob} }`;
  writeFileSync(join(cwd, 'eé\n.prototxt'), net(String.raw`'\xc3' "\xa9"`));
  const solver = `net: "\\145\\303\\251" '\\n.prototxt'\n${fields}`;
  t.deepEqual(await lint({ text: net('"é"') }), []);
  const [unknown] = await lint({ text: net(String.raw`'\145' "\303\251"`) });
  t.like(unknown, { code: 'unknown-bottom', line: 4, text: 'layer "network" reads "eé", which no layer makes' });
  t.is(unknown.column, '            type: "Silence" '.length + 1);
  writeFileSync(join(cwd, 'solver.prototxt'), solver);
  const { stdout } = await tscaffe('lint solver.prototxt', { cwd });
  t.false(stdout.includes('missing-net'), stdout);
});

test('--fix leaves a file alone whose comments are not UTF-8', async (t) => {
  const cwd = scratchFolder(t);
  const latin1 = Buffer.from(`# one\n# für Größen\n${mendable}`, 'latin1');
  writeFileSync(join(cwd, 'latin1.prototxt'), latin1);
  writeFileSync(join(cwd, 'net.prototxt'), `# für\n${mendable}`);
  const found = await tscaffe('lint net.prototxt latin1.prototxt', { cwd });
  t.is(found.stdout.match(/loss-weight/g)?.length, 2, found.stdout + found.stderr);
  const { code, stderr } = await tscaffe('lint --fix net.prototxt latin1.prototxt', { cwd });
  t.is(code, 1);
  t.regex(stderr, /^tscaffe lint: latin1\.prototxt:2: is not UTF-8; .*\n$/);
  t.deepEqual(readFileSync(join(cwd, 'latin1.prototxt')), latin1);
  t.is(readFileSync(join(cwd, 'net.prototxt'), 'utf8'), `# für\n${mendable}`, 'nor is the other one written');
  t.like(await tscaffe('lint --fix net.prototxt', { cwd }), { code: 0, stdout: '', stderr: '' });
  t.is(readFileSync(join(cwd, 'net.prototxt'), 'utf8'), `# für\n${mendableMended}`);
});

/** The gradient of what goes through \`layers\` from p to a loss on \`last\`, by Caffe. */
function gradientBelow(layers: string, last: string): number[] {
  const net = new Net(
    {
      text: `
      layer { name: "x" type: "Input" top: "x" top: "t" input_param {
        shape { dim: 2 dim: 3 dim: 4 dim: 4 } shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
      layer { name: "learn" type: "Scale" bottom: "x" top: "p" scale_param { filler { type: "constant" value: 1.5 } } }
      ${layers}
      layer { name: "loss" type: "EuclideanLoss" bottom: "${last}" bottom: "t" top: "loss" }`,
    },
    'train',
  );
  net.blobs['x'].data.set(Float32Array.from({ length: 96 }, (_, i) => Math.sin(i * 3.7) * 2));
  net.blobs['t'].data.set(Float32Array.from({ length: 96 }, (_, i) => Math.cos(i * 1.3)));
  for (const { name, type, blobs } of net.layers) {
    if (name === 'q' && type === 'Scale') blobs[0].data.set([-1.5, 0.5, 2]); // a Scale that changes signs
  }
  net.forward();
  net.backward();
  return Array.from(net.params['learn'][0].cpuDiff);
}

const isClose = (a: number[], b: number[]): boolean =>
  a.every((x, i) => Math.abs(x - b[i]) <= 1e-4 * Math.max(1, Math.abs(x)));

async function isFound(layers: string, last: string): Promise<boolean> {
  const text = `
    layer { name: "x" type: "DummyData" top: "x" top: "t" dummy_data_param {
      shape { dim: 2 dim: 3 dim: 4 dim: 4 } shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
    layer { name: "learn" type: "Scale" bottom: "x" top: "p" }
    ${layers}
    layer { name: "loss" type: "EuclideanLoss" bottom: "${last}" bottom: "t" top: "loss" }`;
  return codesOf(await lint({ text })).includes('in-place');
}

const activations: [type: string, params?: string][] = [
  ['BNLL'],
  ['BatchNorm'],
  ['Clip', 'clip_param { min: -0.5 max: 0.5 }'],
  ['ELU', 'elu_param { alpha: 0.7 }'],
  ['Exp'],
  ['Log', 'log_param { shift: 9 }'],
  ['MVN'],
  ['MVN', 'mvn_param { normalize_variance: false }'],
  ['PReLU'],
  ['Power', 'power_param { power: 2 shift: 1 }'],
  ['Power', 'power_param { scale: 2 }'],
  ['Power', 'power_param { power: 0.5 shift: 9 }'],
  ['ReLU'],
  ['ReLU', 'relu_param { negative_slope: -0.5 }'],
  ['ReLU', 'relu_param { negative_slope: 0.1 }'],
  ['Sigmoid'],
  ['Softmax'],
  ['Swish'],
  ['TanH'],
];

test('in-place is found where Caffe’s gradient differs from that of layers that are not in place, and only there', async (t) => {
  let wrong = 0;
  const compare = async (inPlace: string, last: string, apart: string, lastApart: string): Promise<void> => {
    const isWrong = !isClose(gradientBelow(inPlace, last), gradientBelow(apart, lastApart));
    if (isWrong) wrong++;
    t.is(await isFound(inPlace, last), isWrong, inPlace);
    t.false(await isFound(apart, lastApart), apart);
  };
  for (const [type, params = ''] of activations) {
    const layer = (top: string): string => `layer { name: "a" type: "${type}" bottom: "p" top: "${top}" ${params} }`;
    const scale = (from: string, to: string): string =>
      `layer { name: "q" type: "Scale" bottom: "${from}" top: "${to}" }`;
    await compare(layer('p'), 'p', layer('y'), 'y');
    await compare(layer('y') + scale('y', 'y'), 'y', layer('y') + scale('y', 'z'), 'z');
  }
  // LRN is not to be built in place; what is above it may be.
  for (const region of ['ACROSS_CHANNELS', 'WITHIN_CHANNEL']) {
    const lrn = `layer { name: "a" type: "LRN" bottom: "p" top: "y" lrn_param { alpha: 1 norm_region: ${region} } }`;
    const scale = (to: string): string => `layer { name: "q" type: "Scale" bottom: "y" top: "${to}" }`;
    await compare(lrn + scale('y'), 'y', lrn + scale('z'), 'z');
  }
  // ReLU in place, and in place above it.
  const relu = 'layer { name: "a" type: "ReLU" bottom: "p" top: "p" }';
  for (const type of ['ReLU', 'PReLU', 'ELU', 'TanH', 'Swish', 'Sigmoid', 'Exp', 'Softmax', 'Scale']) {
    const above = (to: string): string => `layer { name: "q" type: "${type}" bottom: "p" top: "${to}" }`;
    await compare(relu + above('p'), 'p', relu + above('z'), 'z');
  }
  t.true(wrong >= 15, String(wrong));
});

const found = async (text: string): Promise<string[]> => codesOf(await lint({ text }));

test('labels beyond the classes are found in databases and in lists', async (t) => {
  const cwd = scratchFolder(t);
  const database = io.Database.create(join(cwd, 'train'), { backend: 'lmdb' });
  for (const [i, label] of [0, 1, 10].entries()) {
    database.put(String(i), io.arrayToDatum({ data: new Uint8Array(12), shape: [3, 2, 2] }, label));
  }
  database.commit();
  database.close();
  writeFileSync(join(cwd, 'list.txt'), 'a.png 0\nb c.png 10\n');
  const net = (data: string, classes: number): string => `
    layer { name: "data" top: "data" top: "label" ${data} }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: ${classes} } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }`;
  const lmdb = `type: "Data" data_param { source: "${join(cwd, 'train')}" batch_size: 2 backend: LMDB }`;
  t.deepEqual(await found(net(lmdb, 10)), ['classes']);
  t.deepEqual(await found(net(lmdb, 11)), []);
  // Its images are not here: DummyData takes their place.
  const list = `type: "ImageData" image_data_param { source: "${join(cwd, 'list.txt')}" batch_size: 2 }`;
  t.deepEqual(await found(net(list, 10)), ['classes']);
  t.deepEqual(await found(net(list, 11)), []);
  // What is no database is no fault of the text.
  writeFileSync(join(cwd, 'list.txt'), '');
  t.deepEqual(await found(net(lmdb.replace(join(cwd, 'train'), join(cwd, 'list.txt')), 10)), []);
});

test('the label that a loss or an accuracy ignores needs no class', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(join(cwd, 'list.txt'), 'a.png 0\nb.png 1\nc.png 255\n');
  const net = (type: string, params: string): string => `
    layer { name: "data" type: "ImageData" top: "data" top: "label"
            image_data_param { source: "${join(cwd, 'list.txt')}" batch_size: 2 } }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 2 } }
    layer { name: "above" type: "${type}" bottom: "ip" bottom: "label" top: "above" ${params} }`;
  t.deepEqual(await found(net('SoftmaxWithLoss', 'loss_param { ignore_label: 255 }')), []);
  t.deepEqual(await found(net('Accuracy', 'accuracy_param { ignore_label: 255 }')), []);
  // Another label, none, and layers that do not read the field.
  t.deepEqual(await found(net('SoftmaxWithLoss', 'loss_param { ignore_label: 1 }')), ['classes']);
  t.deepEqual(await found(net('Accuracy', 'loss_param { ignore_label: 255 }')), ['classes']);
  t.deepEqual(await found(net('MultinomialLogisticLoss', 'loss_param { ignore_label: 255 }')), ['classes']);
});

test('a net is refused for its shapes only if Caffe refuses every usual shape of data that are not here', async (t) => {
  const net = (data: string, channels: number): string => `
    layer { name: "data" type: "Data" top: "data" top: "label" ${data} }
    layer { name: "slice" type: "Slice" bottom: "data" top: "a" top: "b" slice_param { slice_point: ${channels} } }
    layer { name: "conv1" type: "Convolution" bottom: "a" top: "c" param { name: "w" } param { name: "b" }
            convolution_param { num_output: 2 kernel_size: 3 } }
    layer { name: "conv2" type: "Convolution" bottom: "b" top: "d" param { name: "w" } param { name: "b" }
            convolution_param { num_output: 2 kernel_size: 3 } }
    layer { name: "silence" type: "Silence" bottom: "c" bottom: "d" bottom: "label" }`;
  // Two channels, sliced after the first: a pair of images.
  t.deepEqual(await found(net('data_param { source: "none" batch_size: 4 }', 1)), []);
  t.deepEqual(await found(net('data_param { source: "none" batch_size: 4 }', 7)), ['refused']);
  // mean_value tells how many channels there are.
  const three =
    'transform_param { mean_value: 1 mean_value: 2 mean_value: 3 } data_param { source: "none" batch_size: 4 }';
  t.deepEqual(await found(net(three, 1)), ['refused']);
});

test('stages and levels: a net alone is right if one state is, a solver must have the right one', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(
    join(cwd, 'net.prototxt'),
    `layer { name: "data" type: "DummyData" top: "x" top: "y" include { stage: "fit" }
       dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 3 } } }
     layer { name: "deploy" type: "Input" top: "x" include { phase: TEST stage: "deploy" } input_param { shape { dim: 1 dim: 3 } } }
     layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 3 } }
     layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" include { stage: "fit" } }
`,
  );
  const solver = (states: string): string =>
    `net: "net.prototxt"\nbase_lr: 0.1 lr_policy: "fixed" max_iter: 10 snapshot_prefix: "x" test_iter: 1 test_interval: 5\n${states}\n`;
  writeFileSync(join(cwd, 'good.prototxt'), solver('train_state { stage: "fit" } test_state { stage: "fit" }'));
  writeFileSync(join(cwd, 'bad.prototxt'), solver('train_state { stage: "fit" }'));
  t.like(await tscaffe('lint net.prototxt good.prototxt', { cwd }), { code: 0, stdout: '', stderr: '' });
  const bad = await tscaffe('lint bad.prototxt', { cwd });
  t.is(bad.code, 1);
  t.regex(
    bad.stdout,
    /^net\.prototxt:4:\d+: phase-without-data: layer "ip" reads "x", which nothing makes in the phase TEST\n/,
  );
});

test('a module that is not here is no finding, one that is here is built', async (t) => {
  const cwd = scratchFolder(t);
  writeFileSync(
    join(cwd, 'net.prototxt'),
    `layer { name: "data" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
     layer { name: "mine" type: "Python" bottom: "x" top: "y" python_param { module: "mine" layer: "Mine" } }`,
  );
  t.like(await tscaffe('lint net.prototxt', { cwd }), { code: 0, stdout: '', stderr: '' });
  writeFileSync(
    join(cwd, 'mine.ts'),
    `import { Layer } from 'tscaffe';
     export class Mine extends Layer { override setup() { throw new Error('not so'); } override reshape() {} override forward() {} }`,
  );
  const { code, stdout } = await tscaffe('lint net.prototxt', { cwd });
  t.is(code, 1);
  t.regex(stdout, /^net\.prototxt:2:6: refused: .*not so\n/s);
});

test('lint prints a line and a hint for a finding, tells lines and columns, and takes solvers and nets', async (t) => {
  const cwd = scratchFolder(t);
  const stock = fileURLToPath(new URL('stock/', import.meta.url));
  copyFileSync(join(stock, 'old_solver.prototxt'), join(cwd, 'solver.prototxt'));
  writeFileSync(join(cwd, 'old.prototxt'), netOfPage().replace('"ip" bottom: "label"', '"iq" bottom: "label"'));
  const { code, stdout, stderr } = await tscaffe('lint solver.prototxt old.prototxt', { cwd });
  t.is(code, 1, stderr);
  const column = netOfPage().split('\n')[2].indexOf('bottom: "ip"') + 1;
  t.is(
    stdout.split('\n').slice(-3).join('\n'),
    `old.prototxt:3:${column}: unknown-bottom: layer "loss" reads "iq", which no layer makes\n  did you mean ip?\n`,
  );
  t.is([...stdout.matchAll(/^old\.prototxt/gm)].length, 1, 'once, though the solver names it too');
});

function checkUsage(
  t: ExecutionContext,
  outcome: { code: number | null; stderr: string; stdout: string },
  message: RegExp,
  code: number,
): void {
  t.is(outcome.code, code, outcome.stderr);
  t.regex(outcome.stderr, message);
  t.is(outcome.stderr.trimEnd().split('\n').length, 1, outcome.stderr);
  t.is(outcome.stdout, '');
}

test('numbers of every form are one value: places and --fix are right behind them', async (t) => {
  const numbers = ['1e-3', '1E-05', '1e+2', '1.5e-3', '.5e-3', '5.e-1', '-1e-3', '- 1e-3', '1e-3f', '0.01f', 'inf'];
  for (const number of numbers) {
    const text = `net_param {}\r\ndelta: ${number} solver_type: ADAM\nmax_iter: 1 # the end\n`;
    const findings = await lint({ text });
    const old = findings.find(({ code }) => code === 'old-format');
    t.is(old?.column, `delta: ${number} `.length + 1, number);
    t.false(
      findings.some((finding) => finding.code === 'missing-field' && finding.text.startsWith('max_iter')),
      number,
    );
    t.is(applyFixes(text, findings), text.replace('solver_type: ADAM', 'type: "Adam"'));
  }
  const fields = 'net_param {}\nbase_lr: 1e-3\nlr_policy: "fixed"\nmax_iter: 1 snapshot_after_train: false\n';
  t.deepEqual(codesOf(await lint({ text: fields })), []);
});

test('a rate that Caffe cannot compute, or that falls to 0, is found', async (t) => {
  const found = async (policy: string): Promise<string[]> => {
    const text = `net_param {}\nbase_lr: 1e-1 lr_policy: ${policy}\nmax_iter: 9 snapshot_after_train: false\n`;
    return (await lint({ text })).map(({ code, text: said }) => `${code}: ${said}`);
  };
  t.deepEqual(await found('"step" gamma: 0.1 stepsize: 0'), [
    'bad-rate: stepsize is 0: Caffe ends with its first rate',
  ]);
  t.deepEqual(await found('"step" gamma: 0.1 stepsize: -5'), [
    'bad-rate: stepsize is -5: Caffe ends with its first rate',
  ]);
  t.deepEqual(await found('"multistep" gamma: 0 stepvalue: [3, 5]'), ['bad-rate: gamma is 0: the rate falls to 0']);
  t.deepEqual(await found('"exp" gamma: -1'), ['refused: Check failed: this->param_.gamma() >= 0 (-1 vs. 0)']);
  t.deepEqual(await found('"sigmoid" gamma: 0 stepsize: 3'), []);
  t.deepEqual(await found('"multistep" gamma: 0.1 stepvalue: [5, 3]'), ['step-order: stepvalue 3 comes after 5']);
});

test('lint of what cannot be read or written is one line', async (t) => {
  const cwd = scratchFolder(t);
  checkUsage(t, await tscaffe('lint', { cwd }), /missing required argument 'files'/, 2);
  checkUsage(
    t,
    await tscaffe('lint none.prototxt', { cwd }),
    /^tscaffe lint: none\.prototxt: cannot be read: ENOENT/,
    1,
  );
  checkUsage(t, await tscaffe('lint --layers none x', { cwd }), /--layers none: there is no such folder/, 2);
  await t.throwsAsync(lint(5 as never), { instanceOf: TypeError });
  await t.throwsAsync(lint({ text: '', file: 5 } as never), { instanceOf: TypeError });
  t.throws(() => applyFixes(5 as never, []), { instanceOf: TypeError });
  t.throws(() => applyFixes('', 5 as never), { instanceOf: TypeError });
  await t.throwsAsync(lint({ text: '', fiel: 'x' } as never), { instanceOf: TypeError });
});
