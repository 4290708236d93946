// A layer that runs, builds or gives up what reads batches ahead, while the batches of the net around it fail. Each in
// a process of its own, which a mistake would end or hold up for ever.
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { run, tscaffe } from './program.js';

/**
 * In the second iteration of a solver, whose ImageData cannot read its third image, a layer of its net waits for that
 * to have failed. Then it does `act`, after `prepare` has been run.
 */
const program = (prepare: string, act: string): string => `
  import { readdirSync, writeFileSync } from 'node:fs';
  import { Blob, CaffeError, createLayer, Net, onLog, registerLayer, Solver } from '${tscaffe}';
  onLog(() => undefined);
  const threads = () => readdirSync('/proc/self/task').length;
  // Larger ones take longer to read.
  const image = (name, size) => writeFileSync(name, Buffer.concat([Buffer.from('P5 ' + size + ' ' + size + ' 255\\n'), Buffer.alloc(size * size, 255)]));
  image('white.pgm', 4);
  image('large.pgm', 2000);
  writeFileSync('failing.txt', 'white.pgm 1\\nwhite.pgm 0\\nmissing.pgm 1\\n');
  writeFileSync('good.txt', 'white.pgm 1\\n');
  writeFileSync('large.txt', 'large.pgm 1\\n');
  const images = (source, prefetch) => 'layer { name: "' + source + '" type: "ImageData" top: "data" top: "label" data_param { prefetch: ' +
    prefetch + ' } image_data_param { source: "' + source + '.txt" batch_size: 1 } } ';
  const waitFor = (number) => { while (threads() !== number) ; };
  ${prepare}
  let before, iteration = 0;
  registerLayer('Acting', class {
    reshape(bottom, top) { top[0].reshape(1); }
    forward(bottom, top) {
      top[0].data[0] = 0;
      if (++iteration !== 2) return;
      waitFor(before - 1); // the thread that reads the images has ended
      ${act}
    }
    backward() {}
  });
  const solver = new Solver({ text: 'net_param { ' + images('failing', 2) +
    'layer { name: "acting" type: "Acting" bottom: "data" top: "loss" loss_weight: 1 } } base_lr: 1 lr_policy: "fixed"' });
  before = threads();
  for (const call of [() => solver.step(5), () => solver.step(1)]) {
    try {
      call();
      console.log('nothing failed');
    } catch (error) {
      if (!(error instanceof CaffeError)) throw error;
      console.log(iteration, error.code, error.layer, error.message.includes('missing.pgm'));
    }
  }`;

const end = /2 ERR_CAFFE_FILE failing true\n2 ERR_CAFFE_FILE failing true\n$/;

const cases: Record<string, { prepare?: string; act: string; says?: string }> = {
  'runs another net, which does not fail': {
    prepare: `const inner = new Net({ text: images('good', 1) }, 'test');`,
    act: `for (let i = 0; i < 50; i++) inner.forward();
      console.log(inner.blobs.label.data[0]);`,
    says: '1\n',
  },
  'trains another solver, which does not fail': {
    prepare: `const inner = new Solver({ text: 'net_param { ' + images('good', 1) + 'layer { name: "ip" type: "InnerProduct" bottom: "data" ' +
      'top: "ip" inner_product_param { num_output: 2 } } layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" ' +
      'top: "loss" } } base_lr: 1e-4 lr_policy: "fixed"' });`,
    act: 'inner.step(50); console.log(inner.iter);',
    says: '50\n',
  },
  'runs another net, which fails by itself': {
    prepare: `writeFileSync('other.txt', 'white.pgm 1\\nmissing-too.pgm 0\\n');
      const inner = new Net({ text: images('other', 1) }, 'test');`,
    act: `try { for (;;) inner.forward(); } catch (error) { console.log(error.layer, error.message.includes('missing-too.pgm')); }`,
    says: 'other true\n',
  },
  'gives up a layer outside nets, whose thread has ended then': {
    prepare: `const given = createLayer({ type: 'ImageData', dataParam: { prefetch: 100 }, imageDataParam: { source: 'large.txt', batchSize: 1 } });
      given.setup([], [new Blob(1), new Blob(1)]);`,
    act: `const now = threads(); given.dispose(); console.log(now - threads());`,
    says: '1\n',
  },
  'disposes another net, whose thread has ended then': {
    prepare: `const given = new Net({ text: images('large', 100) }, 'test');`,
    act: `const now = threads(); given.dispose(); console.log(now - threads());`,
    says: '1\n',
  },
  'builds half a net, whose thread has ended then': {
    prepare: `registerLayer('Throwing', class { setup() { throw new Error('half'); } reshape() {} forward() {} });`,
    act: `const now = threads();
      try { new Net({ text: images('large', 100) + 'layer { name: "b" type: "Throwing" bottom: "data" top: "b" }' }, 'test'); } catch (error) { console.log(error.message); }
      console.log(now - threads());`,
    says: 'half\n0\n',
  },
};

for (const [what, { prepare = '', act, says = '' }] of Object.entries(cases)) {
  test(`a layer whose net has failed meanwhile ${what}, and the net fails after it`, async (t) => {
    const { code, output } = await run(program(prepare, act), { cwd: scratchFolder(t) });
    t.is(code, 0, output);
    t.is(output.replace(end, ''), says, output);
    t.regex(output, end);
  });
}
