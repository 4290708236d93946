import test from 'ava';
import { growth } from './own-memory.js';
import { run, tscaffe } from './program.js';

const megabyte = 2 ** 20;

/** Nets of 65,536 floats in one blob that is written: 256 kB each, a thousand would be 250 MB. */
const nets = `
  import { fill, Net } from '${tscaffe}';
  const text = 'layer { name: "in" type: "Input" top: "in" input_param { shape { dim: 65536 } } } ' +
    'layer { name: "out" type: "Power" bottom: "in" top: "out" }';
  function build() {
    const net = new Net({ text }, 'test');
    fill(net.blobs['in'], { type: 'constant', value: 1 });
    return net;
  }
`;

test.serial('a loop that never yields does not keep the memory of the nets that it built', async (t) => {
  const bytes = await growth(
    `${nets}
    function batch(count) {
      for (let i = 0; i < count; i++) {
        build().dispose();
        look();
        // Node-API's finalizers wait for the event loop, which this loop never reaches.
        if (i % 50 === 0) gc();
      }
    }`,
    100,
    1000,
  );
  t.true(bytes < 60 * megabyte, `${bytes} bytes`);
});

test.serial('V8 knows what nets hold, and collects those that nobody disposes without being asked', async (t) => {
  const bytes = await growth(
    `${nets}
    import assert from 'node:assert/strict';
    import { setImmediate } from 'node:timers/promises';
    const views = [];
    async function batch(count) {
      for (let i = 0; i < count; i++) {
        const { in: blob } = build().blobs;
        look();
        if (i % 100 === 0) views.push(blob.data);
        if (i % 10 === 0) await setImmediate();
      }
      // Views outlive their nets, and hold what was in them.
      assert(views.every((view) => view.length === 65536 && view[0] === 1 && view[65535] === 1));
    }`,
    200,
    1000,
  );
  t.true(bytes < 60 * megabyte, `${bytes} bytes`);
});

const megabytes = 'layer { name: "in" type: "DummyData" top: "in" dummy_data_param { shape { dim: 1 dim: 1000 } } }';
const weights = `layer { name: "ip" type: "InnerProduct" bottom: "in" top: "ip"
  inner_product_param { num_output: 1000 weight_filler { type: "constant" value: 1 } } }`;
const loss = 'layer { name: "loss" type: "Reduction" bottom: "ip" top: "loss" loss_weight: 1 }';

/** Expressions that make a net and a solver, and what has them compute. */
const makers = {
  Net: { make: `new Net({ text }, 'test')`, compute: 'forward()' },
  Solver: {
    make: `new Solver({ text: 'base_lr: 0.1 lr_policy: "fixed" snapshot_after_train: false net_param { ' + text + '}' })`,
    compute: 'step(1)',
  },
};

/** Expressions that make what holds 4 MB or more once it has computed: a million weights. */
const holders = {
  Net: `${makers.Net.make}.${makers.Net.compute}`,
  Solver: `${makers.Solver.make}.${makers.Solver.compute}`,
  CaffeLayer: `(() => {
      const layer = createLayer({ type: 'InnerProduct', innerProductParam: { numOutput: 1000, weightFiller: { type: 'constant' } } });
      const bottom = [new Blob(1, 1000)];
      const top = [new Blob()];
      layer.setup(bottom, top);
      layer.reshape(bottom, top);
      layer.forward(bottom, top);
    })()`,
};

for (const [kind, make] of Object.entries(holders)) {
  test.serial(`a loop that never yields keeps no more than a few of those that nobody disposes: ${kind}`, async (t) => {
    const bytes = await growth(
      `
      import { Blob, createLayer, Net, Solver } from '${tscaffe}';
      const text = \`${megabytes} ${weights} ${loss}\`;
      function batch(count) {
        for (let i = 0; i < count; i++) {
          ${make};
          look();
          if (i % 10 === 0) gc();
        }
      }`,
      30,
      100,
    );
    // Kept, seventy more would be 280 MB or more.
    t.true(bytes < 60 * megabyte, `${bytes} bytes`);
  });
}

/** What a program that makes and disposes of many of these has in memory at most, beyond what one takes. */
const peak = `
  import { readFileSync } from 'node:fs';
  const most = () => 1024 * Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
`;

for (const [kind, { make, compute }] of Object.entries(makers)) {
  test.serial(`dispose frees now: a loop that never yields has few of them in memory: ${kind}`, async (t) => {
    const { output, code } = await run(`${peak}
      import { Net, Solver } from '${tscaffe}';
      const text = \`${megabytes} ${weights} ${loss}\`;
      const one = () => {
        const made = ${make};
        made.${compute};
        made.dispose();
      };
      for (let i = 0; i < 10; i++) one();
      const before = most();
      for (let i = 0; i < 100; i++) one();
      console.log(most() - before);`);
    t.is(code, 0, output);
    // One hundred of them are 400 MB of weights alone.
    t.true(Number(output) < 60 * megabyte, output);
  });
}
