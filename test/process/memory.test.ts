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
