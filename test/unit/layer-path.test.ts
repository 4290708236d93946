// Where the modules of `type: "Python"` are looked for.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { CaffeError } from 'tscaffe';
import { Net, registerLayer, setLayerPath, Layer, type Blob } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

test.beforeEach(() => {
  setLayerPath(undefined);
});

/** Loading it counts in `globalThis.loaded`. Its top is `value`. */
const module = (value: number): string => `
  globalThis.loaded = (globalThis.loaded ?? 0) + 1;
  exports.Constant = class Constant {
    reshape(bottom, [top]) { top.reshape(1); }
    forward(bottom, [top]) { top.data.fill(${value}); }
  };`;

const loaded = (): number => (globalThis as { loaded?: number }).loaded ?? 0;

const text = (name = 'constant'): string =>
  `layer { name: "c" type: "Python" top: "c" python_param { module: "${name}" layer: "Constant" } }`;

/** A folder with a prototxt and its module, whose value is 1, and a folder `other` whose module has the value 2. */
function folders(t: Parameters<typeof scratchFolder>[0]): { net: string; beside: string; other: string } {
  const beside = scratchFolder(t);
  const other = join(beside, 'other');
  mkdirSync(other);
  writeFileSync(join(beside, 'constant.cjs'), module(1));
  writeFileSync(join(other, 'constant.cjs'), module(2));
  writeFileSync(join(beside, 'net.prototxt'), text());
  return { net: join(beside, 'net.prototxt'), beside, other };
}

function refusal(net: string | { text: string }): CaffeError {
  try {
    new Net(net, 'test');
  } catch (error) {
    return error as CaffeError;
  }
  throw new Error('the net was built');
}

test.serial('without a list a module is found beside its prototxt', (t) => {
  t.is(new Net(folders(t).net, 'test').forward()['c'][0], 1);
});

test.serial('with a list a module is found in its folders, and not beside the prototxt', (t) => {
  const { net, other } = folders(t);
  setLayerPath([other]);
  t.is(new Net(net, 'test').forward()['c'][0], 2);
});

test.serial('with a list of folders that lack the module nothing is loaded, and the error names the folders', (t) => {
  const { net, beside, other } = folders(t);
  const empty = join(beside, 'empty');
  mkdirSync(empty);
  setLayerPath([empty, join(other, 'none')]);
  const before = loaded();
  const { code, message } = refusal(net);
  t.is(code, 'ERR_CAFFE_LAYER');
  t.true(message.includes(join(empty, 'constant')), message);
  t.true(message.includes(join(other, 'none', 'constant')), message);
  t.false(message.includes(`\n  ${join(beside, 'constant')}`), message);
  t.regex(message, /TSCAFFE_LAYER_PATH or setLayerPath allow these folders only/);
  t.is(loaded(), before);
});

test.serial('an empty list allows no module, and registered types as before', (t) => {
  const { net, beside } = folders(t);
  setLayerPath([]);
  t.regex(refusal(net).message, /allow no folders, and so no layer modules/);
  const working = process.cwd();
  process.chdir(beside);
  t.teardown(() => {
    process.chdir(working);
  });
  t.regex(refusal({ text: text() }).message, /allow no folders/);
  class Seven extends Layer {
    override reshape(_bottom: Blob[], [top]: Blob[]): void {
      top.reshape(1);
    }
    override forward(_bottom: Blob[], [top]: Blob[]): void {
      top.data.fill(7);
    }
  }
  registerLayer('SevenOfLayerPath', Seven);
  t.is(new Net({ text: 'layer { name: "c" type: "SevenOfLayerPath" top: "c" }' }, 'test').forward()['c'][0], 7);
});

test.serial('an empty TSCAFFE_LAYER_PATH is an empty list', (t) => {
  process.env['TSCAFFE_LAYER_PATH'] = '';
  t.regex(refusal(folders(t).net).message, /allow no folders/);
});

test.serial('TSCAFFE_LAYER_PATH is the list, from the environment too', (t) => {
  const { net, other } = folders(t);
  process.env['TSCAFFE_LAYER_PATH'] = `/nowhere:${other}`;
  t.is(new Net(net, 'test').forward()['c'][0], 2);
});

test.serial('a relative folder belongs to the working folder at the time of the call', (t) => {
  const { net, beside } = folders(t);
  const working = process.cwd();
  process.chdir(beside);
  t.teardown(() => {
    process.chdir(working);
  });
  setLayerPath(['other']);
  process.chdir('/');
  t.is(new Net(net, 'test').forward()['c'][0], 2);
});

test.serial('a module’s name leads to no folder above, and a link in the folder is followed', (t) => {
  const { beside, other } = folders(t);
  setLayerPath([other]);
  for (const name of ['../constant', '..constant', join(beside, 'constant')]) {
    if (name === '../constant' || name === '..constant') {
      // Dots are slashes, so both are other/constant itself.
      t.is(new Net({ text: text(name) }, 'test').forward()['c'][0], 2, name);
    } else {
      t.is(refusal({ text: text(name) }).code, 'ERR_CAFFE_LAYER', name);
    }
  }
  symlinkSync(join(beside, 'constant.cjs'), join(other, 'linked.cjs'));
  t.is(new Net({ text: text('linked') }, 'test').forward()['c'][0], 1);
});

test('setLayerPath takes folders only', (t) => {
  t.throws(() => { setLayerPath('layers' as never); }, { instanceOf: TypeError, message: /array of strings for folders/ }); // prettier-ignore
  t.throws(() => { setLayerPath([3] as never); }, { instanceOf: TypeError, message: /a string for folders\[0\]/ }); // prettier-ignore
  t.throws(() => { setLayerPath(['a:b']); }, { instanceOf: RangeError, message: /folders without ":"/ }); // prettier-ignore
});
