import test from 'ava';
import { run, tscaffe } from './program.js';

/** Nets of 65,536 floats in one blob that is written: 256 kB each, a thousand would be 256 MB. */
const prelude = `
  import { fill, Net } from '${tscaffe}';
  const text = 'layer { name: "in" type: "Input" top: "in" input_param { shape { dim: 65536 } } } ' +
    'layer { name: "out" type: "Power" bottom: "in" top: "out" }';
  function build() {
    const net = new Net({ text }, 'test');
    fill(net.blobs['in'], { type: 'constant', value: 1 });
    return net;
  }
`;

test('a loop that never yields does not keep the memory of the nets that it built', async (t) => {
  const { output } = await run(`${prelude}
    function loop(count) {
      for (let i = 0; i < count; i++) {
        build().dispose();
        // Node-API's finalizers wait for the event loop, which this loop never reaches.
        if (i % 50 === 0) globalThis.gc();
      }
      globalThis.gc();
      return process.memoryUsage().rss;
    }
    const before = loop(100);
    console.log(loop(1000) - before);`);
  const growth = Number(output);
  t.true(growth < 64 * 2 ** 20, `${output} bytes`);
});

test('V8 knows what nets hold, and collects a thousand that nobody disposes without being asked', async (t) => {
  const { output } = await run(`${prelude}
    import { setImmediate } from 'node:timers/promises';
    const views = [];
    async function drop(count) {
      let most = 0;
      for (let i = 0; i < count; i++) {
        const { in: blob } = build().blobs;
        if (i % 100 === 0) views.push(blob.data);
        if (i % 10 === 0) await setImmediate();
        most = Math.max(most, process.memoryUsage().rss);
      }
      return most;
    }
    const before = await drop(200);
    const most = await drop(1000);
    console.log(most - before);
    // Views outlive their nets, and hold what was in them.
    console.log(views.every((view) => view.length === 65536 && view[0] === 1 && view[65535] === 1));`);
  const [growth, views] = output.trim().split('\n');
  t.true(Number(growth) < 64 * 2 ** 20, `${growth} bytes`);
  t.is(views, 'true');
});

const megabytes = 'layer { name: "in" type: "DummyData" top: "in" dummy_data_param { shape { dim: 1 dim: 1000 } } }';
const weights = `layer { name: "ip" type: "InnerProduct" bottom: "in" top: "ip"
  inner_product_param { num_output: 1000 weight_filler { type: "constant" value: 1 } } }`;
const loss = 'layer { name: "loss" type: "Reduction" bottom: "ip" top: "loss" loss_weight: 1 }';

/** Expressions that make what holds 4 MB or more once it has computed: a million weights. */
const holders = {
  Net: `new Net({ text }, 'test').forward()`,
  Solver: `new Solver({ text: 'base_lr: 0.1 lr_policy: "fixed" snapshot_after_train: false net_param { ' + text + '}' }).step(1)`,
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
  test(`a loop that never yields keeps no more than a few of those that nobody disposes: ${kind}`, async (t) => {
    const { output } = await run(`
      import { Blob, createLayer, Net, Solver } from '${tscaffe}';
      const text = \`${megabytes} ${weights} ${loss}\`;
      function loop(count) {
        let most = 0;
        for (let i = 0; i < count; i++) {
          ${make};
          if (i % 10 === 0) globalThis.gc();
          most = Math.max(most, process.memoryUsage().rss);
        }
        return most;
      }
      const before = loop(30);
      console.log(loop(100) - before);`);
    // Kept, a hundred would be 400 MB or more.
    t.true(Number(output) < 100e6, `${output} bytes`);
  });
}
