// One addon and two copies of the package's JavaScript, as a bundler or a test runner makes them.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

/** The package with JavaScript of its own, and the same addon. */
function otherCopy(t: ExecutionContext): string {
  const folder = scratchFolder(t);
  for (const part of ['dist', 'package.json']) cpSync(part, join(folder, part), { recursive: true });
  for (const part of ['build', 'typings', 'node_modules']) symlinkSync(resolve(part), join(folder, part));
  return folder;
}

const prelude = (t: ExecutionContext): string => `
  import assert from 'node:assert/strict';
  import { writeFileSync } from 'node:fs';
  const a = await import('${tscaffe}');
  const b = await import('${pathToFileURL(join(otherCopy(t), 'dist/index.js')).href}');
  assert.notEqual(a.Blob, b.Blob);
  const input = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }';
  const thrown = (body) => { try { body(); } catch (error) { return error; } assert.fail('nothing was thrown'); };
  const scale = ({ Layer }, initial) => class Scale extends Layer {
    setup() { this.addBlob([1], { filler: { type: 'constant', value: initial } }); }
    reshape([bottom], [top]) { top.reshapeLike(bottom); }
    forward([bottom], [top]) { for (const [i, x] of bottom.data.entries()) top.data[i] = this.blobs[0].data[0] * x; }
    backward([top], propagateDown, [bottom]) { this.blobs[0].diff[0] += 1; }
  };
  const scaled = (type) => ({ text: input + 'layer { name: "s" type: "' + type + '" bottom: "x" top: "y" }' });`;

function twoCopies(title: string, program: string): void {
  test(title, async (t) => {
    t.deepEqual(await run(prelude(t) + program), { code: 0, signal: null, output: '' });
  });
}

twoCopies(
  'an object of one copy is an instance of the other’s class, and only of that',
  `
  const error = thrown(() => new a.Net({ text: 'layer { name: "n" type: "Nope" }' }, 'test'));
  assert(error instanceof a.CaffeError && error instanceof b.CaffeError && error instanceof Error);
  assert(!(new Error('x') instanceof b.CaffeError) && !(undefined instanceof b.Blob) && !(1 instanceof b.Blob));
  const net = new a.Net({ text: input }, 'test');
  assert(net instanceof b.Net && net.blobs.x instanceof b.Blob && !(net instanceof b.Blob) && !(net instanceof b.Detector));
  const Scale = scale(a, 2);
  class Own extends b.Layer {}
  assert(new Scale() instanceof b.Layer && !(new Scale() instanceof Own) && new Own() instanceof Own);
  const solver = new a.SGDSolver({ text: 'net_param { ' + input + ' } base_lr: 1 lr_policy: "fixed"' });
  assert(solver instanceof b.SGDSolver && solver instanceof b.Solver && !(solver instanceof b.AdamSolver));`,
);

twoCopies(
  'blobs, nets and weights of one copy may be given to the other',
  `
  const blob = new a.Blob(2);
  blob.data.set([3, 4]);
  const other = new b.Blob(2);
  other.copyFrom(blob);
  assert.deepEqual([...other.data], [3, 4]);
  other.shareData(blob);
  blob.data[0] = 5;
  assert.deepEqual([...other.data], [5, 4]);
  assert.equal(b.math.asum(blob), 9);
  const absolute = b.createLayer({ type: 'AbsVal' });
  const top = new a.Blob();
  absolute.setup([blob], [top]);
  absolute.forward([blob], [top]);
  assert.deepEqual([...top.data], [5, 4]);
  const text = input.replace('dim: 2', 'dim: 1 dim: 2') + 'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 1 } }';
  const [first, second] = [a, b].map(({ Net }) => new Net({ text }, 'test'));
  second.shareWith(first);
  first.params.ip[0].data.set([10, 1]);
  assert.deepEqual([...second.forward({ x: [1, 2] }).y], [12]);`,
);

twoCopies(
  'a net of one copy is exported as ONNX by the other, with the same bytes',
  `
  const text = input.replace('dim: 2', 'dim: 1 dim: 2') + 'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }';
  const net = new a.Net({ text }, 'test');
  const bytes = b.onnx.fromNet(net);
  assert.deepEqual(bytes, a.onnx.fromNet(net));
  const transformer = new a.io.Transformer({ x: [1, 2] });
  transformer.setRawScale('x', 2);
  assert.deepEqual(b.onnx.fromNet(net, { transformer }), a.onnx.fromNet(net, { transformer }));
  const refused = new a.Net({ text: text + 'layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "y" top: "loss" }' }, 'test');
  const error = thrown(() => b.onnx.fromNet(refused));
  assert(error instanceof a.CaffeError && /prototxt:1: net.layer\\[\\d\\] "loss"/.test(error.message), error.message);`,
);

twoCopies(
  'a reshape by one copy ends the arrays that the other has handed out',
  `
  const blob = new a.Blob(2);
  const before = blob.data;
  const split = b.createLayer({ type: 'Split' });
  const source = new b.Blob(100_000);
  source.data.fill(1);
  split.setup([source], [blob]);
  split.forward([source], [blob]);
  assert.equal(before.length, 0);
  assert.equal(blob.data.length, 100_000);
  assert.equal(blob.data[99_999], 1);`,
);

twoCopies(
  'a layer type that one copy has registered is known to the other, which prefers its own',
  `
  a.registerLayer('Scaled', scale(a, 2));
  assert(b.layerTypes().includes('Scaled'));
  assert.deepEqual([...new b.Net(scaled('Scaled'), 'test').forward({ x: [1, 2] }).y], [2, 4]);
  b.registerLayer('Scaled', scale(b, 3));
  assert.deepEqual([...new b.Net(scaled('Scaled'), 'test').forward({ x: [1, 2] }).y], [3, 6]);
  assert.deepEqual([...new a.Net(scaled('Scaled'), 'test').forward({ x: [1, 2] }).y], [2, 4]);
  assert.equal(b.layerTypes().filter((type) => type === 'Scaled').length, 1);`,
);

twoCopies(
  'a class that extends Layer of one copy works in nets and solvers of the other',
  `
  const layer = b.createLayer({ type: scale(a, 4) });
  const [bottom, top] = [new b.Blob(1), new a.Blob()];
  layer.setup([bottom], [top]);
  bottom.data[0] = 2;
  layer.forward([bottom], [top]);
  assert.equal(top.data[0], 8);
  a.dataSource([{ data: [1, 2] }, { data: [3, 4] }], { type: 'Samples', tops: { data: [2] }, batchSize: 1 });
  const net = 'layer { name: "data" type: "Samples" top: "data" } layer { name: "sum" type: "Reduction" bottom: "data" top: "sum" loss_weight: 1 }';
  const solver = new b.Solver({ text: 'net_param { ' + net + ' } base_lr: 0 lr_policy: "fixed"' });
  assert(solver.net.layerDict.data.layer instanceof b.SourceLayer);
  await solver.stepAsync(2);
  assert.equal(solver.net.blobs.sum.data[0], 7);`,
);

twoCopies(
  'each copy has its own listeners, log lines and asynchronous work',
  `
  const lines = { a: [], b: [] };
  a.onLog(({ text }) => lines.a.push(text));
  a.log('of a');
  b.log('of b, printed by nobody');
  assert.deepEqual(lines.a, ['of a']);
  b.onLog(({ text }) => lines.b.push(text));
  b.log('of b');
  a.log('of a again');
  assert.deepEqual(lines, { a: ['of a', 'of a again'], b: ['of b'] });
  a.registerLayer('ScaleOfA', scale(a, 2));
  b.registerLayer('ScaleOfB', scale(b, 3));
  const nets = [new a.Net(scaled('ScaleOfA'), 'test'), new b.Net(scaled('ScaleOfB'), 'test')];
  for (let i = 0; i < 50; i++) {
    const [one, two] = await Promise.all(nets.map((net) => net.forwardAsync({ x: [i, 1] })));
    assert.deepEqual([...one.y, ...two.y], [2 * i, 2, 3 * i, 3]);
  }
  a.registerLayer('Fails', class extends scale(a, 1) { forward() { new b.Net({ text: 'layer { name: "n" type: "Nope" }' }, 'test'); } });
  const error = await new a.Net(scaled('Fails'), 'test').forwardAsync({ x: [1, 1] }).catch((failed) => failed);
  assert(error instanceof a.CaffeError && error.code === 'ERR_CAFFE_CHECK');`,
);

test('a copy of another version does not load the addon, and says what to do', async (t) => {
  const folder = otherCopy(t);
  const file = join(folder, 'dist/copies/any-copy.js');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const code = readFileSync(file, 'utf8');
  t.true(code.includes(`'${version}'`), 'the constant in any-copy.ts is the version in package.json');
  writeFileSync(file, code.replace(`'${version}'`, "'9.9.9'"));
  const { output } = await run(`
    await import('${pathToFileURL(join(folder, 'dist/index.js')).href}').catch(({ message }) => console.log(message));`);
  t.true(
    output.includes(`The addon was built from version ${version} of tscaffe, but this code is of version 9.9.9`),
    output,
  );
  t.regex(output, /What helps:\n {2}- Build it anew/);
});

/** Evaluates the package in a realm of its own, turned into CommonJS, as jest does it. */
const realm = `
  import assert from 'node:assert/strict';
  import { readFileSync } from 'node:fs';
  import { createRequire } from 'node:module';
  import vm from 'node:vm';
  import typescript from '${import.meta.resolve('typescript')}';
  const compilerOptions = { module: 'CommonJS', target: 'ES2024', esModuleInterop: true };
  const codes = new Map();
  function codeOf(url) {
    const known = codes.get(url);
    if (known !== undefined) return known;
    const source = readFileSync(new URL(url), 'utf8').replaceAll('import.meta.url', 'url').replace(/\\brequire(?=[.(]| =)/g, 'ownRequire');
    const { outputText } = typescript.transpileModule(source, { compilerOptions });
    const code = '(function (exports, require, url) {' + outputText + '})';
    codes.set(url, code);
    return code;
  }
  function evaluate(address) {
    const context = vm.createContext({ process, Buffer, console, setImmediate, URL, AbortSignal });
    const modules = new Map();
    function load(url) {
      if (modules.has(url)) return modules.get(url);
      const exports = {};
      modules.set(url, exports);
      const host = createRequire(url);
      const require = (name) => (/^[.]/.test(name) ? load(new URL(name, url).href) : host(name));
      vm.runInContext(codeOf(url), context)(exports, require, url);
      return exports;
    }
    return { tscaffe: load(address), run: (code) => vm.runInContext(code, context) };
  }
  const package_ = '${tscaffe}';
  const input = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }';
  const scale = ({ Layer }, initial) => class Scale extends Layer {
    setup() { this.addBlob([1], { filler: { type: 'constant', value: initial } }); }
    reshape([bottom], [top]) { top.reshapeLike(bottom); }
    forward([bottom], [top]) { for (const [i, x] of bottom.data.entries()) top.data[i] = this.blobs[0].data[0] * x; }
  };
  const scaled = { text: input + 'layer { name: "s" type: "Scaled" bottom: "x" top: "y" }' };`;

test('realms each compute with arrays, errors and layers of their own, and leave no memory behind', async (t) => {
  const program = `${realm}
    let gone = 0;
    const registry = new FinalizationRegistry(() => { gone++; });
    async function compute(factor) {
      const { tscaffe, run } = evaluate(package_);
      const { Blob, CaffeError, Net, registerLayer } = tscaffe;
      registerLayer('Scaled', scale(tscaffe, factor));
      const net = new Net(scaled, 'test');
      const { y } = net.forward({ x: [1, 2] });
      assert.deepEqual([...y], [factor, 2 * factor]);
      assert.equal((await net.forwardAsync({ x: [3, 4] })).y[1], 4 * factor);
      const RealmArray = run('Float32Array');
      assert.notEqual(RealmArray, Float32Array);
      for (const array of [y, net.blobs.x.data, net.blobs.x.diff, new Blob(0).data]) assert(array instanceof RealmArray);
      assert(net.toProto() instanceof run('Uint8Array') && net.blobs.x.shape instanceof run('Array'));
      let error;
      try { new Net({ text: 'layer { name: "n" type: "Nope" }' }, 'test'); } catch (thrown) { error = thrown; }
      assert(error instanceof CaffeError && error instanceof run('Error'));
      net.copyFrom(Buffer.from(net.toProto()));
      const blob = new Blob();
      blob.fromProto(Buffer.from(net.blobs.x.toProto()));
      assert.deepEqual([...blob.data], [3, 4]);
      registry.register(Net, undefined);
    }
    const realms = 5;
    for (let factor = 1; factor <= realms; factor++) await compute(factor);
    for (let tries = 0; tries < 100 && gone < realms - 1; tries++) {
      await new Promise((done) => { setImmediate(done); });
      gc();
    }
    assert(gone >= realms - 1, gone + ' of ' + realms);`;
  t.deepEqual(await run(program), { code: 0, signal: null, output: '' });
});
