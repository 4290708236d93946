import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { engines } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { copyPackage } from './copy-package.js';
import { run, tscaffe } from './program.js';

// What docs/process.md says.

const caught = `
  import { readFileSync } from 'node:fs';
  import { constants } from 'node:os';
  const caught = () => BigInt('0x' + /SigCgt:\\s*(\\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const names = (signals) =>
    Object.entries(constants.signals).filter(([, n]) => (signals >> BigInt(n - 1)) & 1n).map(([name]) => name);`;

test('loading the package adds handlers for SIGFPE, SIGSEGV, SIGBUS and SIGABRT, and for no other signal', async (t) => {
  const { code, output } = await run(`${caught}
    const before = caught();
    await import('${tscaffe}');
    const after = caught();
    const own = ['SIGFPE', 'SIGSEGV', 'SIGBUS', 'SIGABRT'];
    const others = names(after & ~before).filter((name) => !own.includes(name) && name !== 'SIGIOT');
    console.log(JSON.stringify([own.every((name) => names(after).includes(name)), others]));`);
  t.is(code, 0, output);
  t.is(output.trim(), '[true,[]]');
});

test('an abort that is not Caffe’s ends the process as it does without the package', async (t) => {
  const { signal } = await run(`await import('${tscaffe}'); process.abort();`);
  t.is(signal, 'SIGABRT');
});

for (const signal of ['SIGABRT', 'SIGFPE', 'SIGBUS', 'SIGSEGV']) {
  test(`a ${signal} that another process sends ends this one, the first time`, async (t) => {
    const outcome = await run(`
      await import('${tscaffe}');
      process.kill(process.pid, '${signal}');
      setTimeout(() => console.log('it lives'), 60_000);`);
    t.deepEqual(outcome, { code: null, signal, output: '' });
  });
}

test('loading the package leaves OPENBLAS_CORETYPE alone where it is set', async (t) => {
  const { output } = await run(`
    process.env.OPENBLAS_CORETYPE = 'Prescott';
    await import('${tscaffe}');
    console.log(process.env.OPENBLAS_CORETYPE);`);
  t.is(output.trim(), 'Prescott');
});

(engines.includes('onednn') ? test : test.skip)(
  'oneDNN’s idle threads rest soon unless the user says how they wait, and child processes do not inherit that',
  async (t) => {
    const program = `
      await import('${tscaffe}');
      const { GOMP_SPINCOUNT, OPENBLAS_THREAD_TIMEOUT } = process.env;
      console.log('left:', GOMP_SPINCOUNT, OPENBLAS_THREAD_TIMEOUT);`;
    // libgomp says what it has read as it was loaded.
    const env = { OMP_DISPLAY_ENV: 'VERBOSE', TSCAFFE_ENGINE: 'onednn' };
    const { output } = await run(program, { env });
    t.regex(output, /GOMP_SPINCOUNT = '10000'/);
    t.regex(output, /left: undefined undefined/);
    const own = await run(program, { env: { ...env, GOMP_SPINCOUNT: '7', OPENBLAS_THREAD_TIMEOUT: '20' } });
    t.regex(own.output, /GOMP_SPINCOUNT = '7'/);
    t.regex(own.output, /left: 7 20/);
  },
);

test('without code generation nets are an error that names the flag, and blobs work', (t) => {
  const program = `
    import { Blob, Net } from '${tscaffe}';
    const blob = new Blob(2);
    blob.data.fill(3);
    console.log(blob.asumData());
    try { new Net({ text: 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }' }, 'test').toProto(); }
    catch ({ code, message }) { console.log(code, message); }
    import { createLayer } from '${tscaffe}';
    try { createLayer({ type: 'ReLU' }); } catch ({ code, message }) { console.log(code, message); }`;
  const child = spawnSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program],
    { encoding: 'utf8', timeout: 170_000 },
  );
  const [sum, ...errors] = child.stdout.trim().split('\n');
  t.is(sum, '6', child.stderr);
  t.true(errors.length > 0, child.stdout);
  for (const error of errors) t.regex(error, /^ERR_CAFFE_INTERNAL .*--disallow-code-generation-from-strings/);
  t.is(child.status, 0);
});

test('before set-up the package says what to do: one line in a clone, another in node_modules', async (t) => {
  const folder = scratchFolder(t);
  const clone = copyPackage(join(folder, 'clone'));
  const installed = copyPackage(join(folder, 'project/node_modules/tscaffe'));
  for (const [copy, line] of [
    [clone, `Run in ${clone}: npm run setup`],
    [installed, 'Run: npx tscaffe setup'],
  ] as const) {
    for (const load of [
      `await import(${JSON.stringify(pathToFileURL(join(copy, 'dist/index.js')).href)})`,
      `process.getBuiltinModule('module').createRequire('/')(${JSON.stringify(join(copy, 'dist/index.cjs'))})`,
    ]) {
      // prettier-ignore
      const { code, output } = await run(load, { env: { TSCAFFE_ADDON: join(copy, 'build/Release/tscaffe.node') } });
      t.is(code, 1);
      t.true(output.includes(`What helps:\n  - The addon has not been built. ${line}\n`), output);
    }
  }
});

test('an addon that is damaged, or has lost its libcaffe, is an error with the lines that fit the place', async (t) => {
  const folder = scratchFolder(t);
  const clone = copyPackage(join(folder, 'clone'));
  const installed = copyPackage(join(folder, 'project/node_modules/tscaffe'));
  for (const [copy, lines] of [
    [clone, [`Run in ${clone}: npm run clean && npm run setup`, 'CAFFE_ROOT=<its prefix> npm run setup']],
    [installed, ['Run: npx tscaffe setup --from-source', 'CAFFE_ROOT=<its prefix> npx tscaffe setup']],
  ] as const) {
    const addon = join(copy, 'build/Release/tscaffe.node');
    mkdirSync(dirname(addon), { recursive: true });
    const load = `await import(${JSON.stringify(pathToFileURL(join(copy, 'dist/index.js')).href)})`;

    writeFileSync(addon, 'no addon');
    const damaged = await run(load, { env: { TSCAFFE_ADDON: addon } });
    t.true(damaged.output.includes(`What helps:\n  - Build it anew. ${lines[0]}\n`), damaged.output);

    if (process.env['CAFFE_ROOT'] !== undefined || process.env['TSCAFFE_ADDON'] !== undefined) continue;
    copyFileSync('build/Release/tscaffe.node', addon); // which looks for ../../.caffe
    const alone = await run(load, { env: { TSCAFFE_ADDON: addon } });
    t.true(alone.output.includes(`  - Or, with a libcaffe of your own: ${lines[1]}\n`), alone.output);
  }
});
