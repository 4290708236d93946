import { execFileSync } from 'node:child_process';
import test from 'ava';

const program = `
  import { fill, Net } from '${import.meta.resolve('tscaffe')}';
  const text = 'layer { name: "in" type: "Input" top: "in" input_param { shape { dim: 65536 } } } ' +
    'layer { name: "out" type: "Power" bottom: "in" top: "out" }';
  function build(count) {
    for (let i = 0; i < count; i++) {
      const net = new Net({ text }, 'test');
      fill(net.blobs['in'], { type: 'constant', value: 1 });
      net.dispose();
      // Node-API's finalizers wait for the event loop, which this loop never reaches.
      if (i % 50 === 0) globalThis.gc();
    }
    globalThis.gc();
    return process.memoryUsage().rss;
  }
  const before = build(100);
  console.log(build(1000) - before);`;

test('a loop that never yields does not keep the memory of the nets that it built', (t) => {
  const args = ['--expose-gc', '--input-type=module', '--eval', program];
  const growth = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  // 65,536 floats: 256 kB a net, 1000 nets would be 256 MB.
  t.true(growth < 64 * 2 ** 20, `${growth} bytes`);
});
