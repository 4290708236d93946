// Layers in TypeScript, without a flag of Node and in folders without node_modules.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { objectsIn, tscaffe } from './command.js';
import { writeRegression } from './regression.js';

const layer = (
  name: string,
): string => `layer { name: "${name}" type: "Python" bottom: "x" top: "${name}" loss_weight: 0
  python_param { module: "${name}" layer: "Constant" } }`;

/** A layer whose top is one number, which it has from another file. */
const source = `
  import { Layer, type Blob } from 'tscaffe';
  import { value } from './value.js';
  enum Size { One = 1 }
  export class Constant extends Layer {
    override reshape(_bottom: Blob[], [top]: Blob[]): void { top.reshape(Size.One); }
    override forward(_bottom: Blob[], [top]: Blob[]): void { top.data[0] = value; }
  }`;
const script = (head: string, value: number): string => `
  ${head}
    reshape(_bottom, [top]) { top.reshape(1); }
    forward(_bottom, [top]) { top.data[0] = ${value}; }
  }`;

const module = "import { Layer } from 'tscaffe'; export class Constant extends Layer {";
const commonJs = "const { Layer } = require('tscaffe'); exports.Constant = class Constant extends Layer {";

test('modules are .ts, .mjs, .js or .cjs, beside the prototxt, in --layers, or in TSCAFFE_LAYER_PATH', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd, ['typed', 'plain', 'module', 'common'].map(layer).join('\n'));
  const more = scratchFolder(t);
  writeFileSync(join(cwd, 'typed.ts'), source);
  writeFileSync(join(cwd, 'value.ts'), 'export const value: number = 7;');
  writeFileSync(join(cwd, 'plain.js'), script(module, 8));
  writeFileSync(join(more, 'module.mjs'), script(module, 9));
  writeFileSync(join(more, 'common.cjs'), script(commonJs, 10));
  const command = `train --solver solver.prototxt --json --set max_iter=1 --layers ${more}`;
  for (const env of [{}, { TSCAFFE_LAYER_PATH: cwd }]) {
    const { code, stdout, stderr } = await tscaffe(command, { cwd, env });
    t.is(code, 0, stderr);
    t.like(objectsIn(stdout).find(({ event }) => event === 'iteration')?.['outputs'], {
      typed: 7,
      plain: 8,
      module: 9,
      common: 10,
    });
  }
  const { code, stdout } = await tscaffe(`time --model net.prototxt --iterations 1 --layers ${more}`, { cwd });
  t.is(code, 0);
  t.regex(stdout, /\n {5}typed\tforward: [\d.e-]+ ms\.\n {5}typed\tbackward: [\d.e-]+ ms\.\n/);
});

test('a module that is not there is one message with every place, and one that throws comes with its stack', async (t) => {
  const cwd = scratchFolder(t);
  writeRegression(cwd, layer('missing'));
  const missing = await tscaffe('train --solver solver.prototxt', { cwd });
  t.is(missing.code, 1);
  t.regex(missing.stderr, /^tscaffe train: net\.prototxt:8: layer "missing": layer module "missing" was not found/);
  writeFileSync(join(cwd, 'missing.ts'), "const x: number = 1;\n\nthrow new Error('mine');\n");
  const thrown = await tscaffe('train --solver solver.prototxt', { cwd });
  t.is(thrown.code, 1);
  t.regex(thrown.stderr, /^tscaffe train: Error: mine\n.*missing\.ts:3/s);
});

/** Where a watched training has come to. */
interface Watched {
  cwd: string;
  write: (text: string) => void;
}

function watched(t: ExecutionContext): Watched {
  const cwd = scratchFolder(t);
  mkdirSync(join(cwd, 'layers'));
  writeRegression(
    cwd,
    `layer { name: "mine" type: "Python" bottom: "x" top: "mine" loss_weight: 0
       python_param { module: "mine" layer: "Mine" } }`,
  );
  return {
    cwd,
    write: (text) => {
      writeFileSync(join(cwd, 'layers/mine.ts'), text);
    },
  };
}

/** A layer with a learnable blob, whose top tells what it holds and which version this is. */
const version = (number: number, blobs = 'this.addBlob([1], { filler: { type: "constant", value: 5 } });'): string => `
  import { Layer, type Blob } from 'tscaffe';
  export class Mine extends Layer {
    made = 0;
    override setup(): void { this.made = ${number}; ${blobs} }
    override reshape(_bottom: Blob[], [top]: Blob[]): void { top.reshape(2); }
    override forward(_bottom: Blob[], [top]: Blob[]): void {
      top.data[0] = this.made;
      top.data[1] = this.blobs[0].cpuData[0]++;
    }
    override backward(): void {}
  }`;

test('--watch loads a changed module between two iterations; a mistake leaves the old one', async (t) => {
  const { cwd, write } = watched(t);
  write(version(1));
  const steps: { event: string; then: () => void }[] = [
    {
      event: 'iteration',
      then: () => {
        write('export class Mine {');
      },
    }, // no TypeScript
    {
      event: 'reload',
      then: () => {
        write(version(2, 'throw new Error("not yet");'));
      },
    }, // its setup throws
    {
      event: 'reload',
      then: () => {
        write(version(3, 'this.addBlob([2]);'));
      },
    }, // another shape of the weights
    {
      event: 'reload',
      then: () => {
        write(version(4));
      },
    },
    { event: 'reload', then: () => undefined },
  ];
  let iterations = 0;
  const outcome = await tscaffe(
    'train --solver solver.prototxt --watch --json --layers layers --set max_iter=100000000 --set display=100 ' +
      '--set test_interval=100000000',
    {
      cwd,
      onLine: (line, child) => {
        const { event } = JSON.parse(line) as { event: string };
        if (event === steps[0]?.event) steps.shift()?.then();
        // Some more, with the last version.
        if (steps.length === 0 && event === 'iteration' && ++iterations === 2) child.kill('SIGINT');
      },
    },
  );
  t.is(outcome.code, 0, outcome.stderr);
  const events = objectsIn(outcome.stdout);
  const reloads = events.filter(({ event }) => event === 'reload');
  t.deepEqual(
    reloads.map(({ loaded, layer: name }) => [loaded, name]),
    [false, false, false, true].map((loaded) => [loaded, 'mine']),
  );
  t.regex(outcome.stderr, /mine\.ts/);
  t.regex(outcome.stderr, /not yet/);
  t.regex(outcome.stderr, /the prototxt or weights bring blobs\[0\] of shape/);
  const iterationsShown = events.filter(({ event }) => event === 'iteration');
  const outputs = iterationsShown.map(({ iter, outputs }) => ({ iter, ...(outputs as Record<string, number>) }));
  t.deepEqual([...new Set(outputs.map((each) => (each as Record<string, number>)['mine[0]']))], [1, 4]);
  // The blob counts the forwards, from 5 on, and the solver the iterations: neither began anew.
  for (const each of outputs as Record<string, number>[]) t.true(each['mine[1]'] >= each['iter'] + 5);
  t.deepEqual(
    outputs.map(({ iter }) => iter as number),
    outputs.map((_, i) => i * 100),
  );
});
