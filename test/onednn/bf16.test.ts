import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { CaffeError, engines, getPrecision, Net, setEngine } from 'tscaffe';
import type { Comparison } from './comparison.js';
import { requireAlike } from './exactness.js';

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

const text = `
  layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }
  layer { name: "y" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 2 } }`;

function hasBf16(): boolean {
  try {
    new Net({ text }, 'test', { engine: 'onednn', precision: 'bf16' });
    return true;
  } catch {
    return false;
  }
}

/** The libdnnl that this process has loaded. */
const libdnnl = (): string | undefined => /\/\S*libdnnl\.so\S*/.exec(readFileSync('/proc/self/maps', 'latin1'))?.[0];

/** What is to be preloaded so that this processor has bfloat16, or why there is nothing. */
async function anywhere(folder: string): Promise<{ preload: string } | { reason: string }> {
  if (process.arch !== 'x64')
    return { reason: `oneDNN's reference code for bfloat16 is not built for ${process.arch}` };
  const [library = '', output] = [libdnnl(), join(folder, 'bf16-anywhere.so')];
  const found = ['-Wl,--disable-new-dtags', `-Wl,-rpath,${dirname(library)}`];
  const compiler = process.env['CXX'] ?? 'c++';
  try {
    await run(compiler, ['-shared', '-fPIC', '-o', output, join(here, 'bf16-anywhere.cc'), library, ...found]);
  } catch (error) {
    return { reason: `${compiler}: ${String(error)}` };
  }
  return { preload: output };
}

test.serial(
  'bfloat16 is an error of engines and processors without it, and a list takes the first that there is',
  (t) => {
    const before = getPrecision();
    t.throws(
      () => {
        setEngine('caffe', { precision: 'bf16' });
      },
      { instanceOf: RangeError, message: /'f32'.*float32/ },
    );
    t.throws(() => new Net({ text }, 'test', { engine: 'caffe', precision: [] }), { instanceOf: TypeError });
    t.throws(() => new Net({ text }, 'test', { engine: 'caffe', precision: ['f32', 'f16'] as never }), {
      instanceOf: RangeError,
      message: /Expected 'f32' or 'bf16' for precision but received 'f16'/,
    });
    t.is(getPrecision(), before);
    if (!engines.includes('onednn')) return;
    const net = new Net({ text }, 'test', { engine: 'onednn', precision: ['bf16', 'f32'] });
    t.is(net.layerDict['y'].type, 'InnerProduct');
    if (hasBf16()) return;
    t.throws(() => new Net({ text }, 'test', { engine: 'onednn', precision: 'bf16' }), {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_LAYER',
      message: /AVX512-BF16 or AMX.*\['bf16', 'f32'\]/,
    });
  },
);

test('random nets in bfloat16 give the numbers and gradients of Caffe’s layers, within 2 % of the largest', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-bf16-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const own = hasBf16();
  const means = !engines.includes('onednn')
    ? { reason: 'this build has no oneDNN' }
    : own
      ? { preload: '' }
      : await anywhere(folder);
  if ('reason' in means) {
    t.log(means.reason);
    t.pass();
    return;
  }
  const without = own ? [] : ['Deconvolution'];
  const program = ['--expose-gc', '--import=tsx', join(here, 'bf16-program.ts'), ...without];
  const env = { ...process.env, LD_PRELOAD: means.preload };
  const { stdout } = await run(process.execPath, program, { env, maxBuffer: 2 ** 26 });
  const types = ['Convolution', 'InnerProduct', ...(own ? ['Deconvolution'] : [])];
  requireAlike(t, JSON.parse(stdout) as Comparison, types, 0.2);
});
