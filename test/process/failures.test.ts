import test from 'ava';
import { growth } from './own-memory.js';
import { tscaffe } from './program.js';

const program = `
  import assert from 'node:assert/strict';
  import { CaffeError, Net, Solver } from '${tscaffe}';
  const input = 'layer { name: "in" type: "Input" top: "in" input_param { shape { dim: 4096 dim: 4 } } } ';
  const ip = 'layer { name: "ip" type: "InnerProduct" bottom: "in" top: "ip" inner_product_param { num_output: 4 weight_filler { type: "xavier" } } } ';
  const net = (layers) => new Net({ text: input + layers, file: 'net.prototxt' }, 'train');
  const good = net(ip + 'layer { name: "sum" type: "Eltwise" bottom: "in" bottom: "ip" top: "sum" }');
  const other = net(ip.replace('num_output: 4', 'num_output: 5'));
  // In a constructor, in a half-built net with memory of its own, in forward, in a copy, in a file that is not there,
  // in protobuf.
  const mistakes = [
    () => new Net({ text: 'layer { name: "a" type: "Nope" }' }, 'test'),
    () => net(ip + 'layer { name: "a" type: "Eltwise" bottom: "ip" top: "a" }'),
    () => net('layer { name: "a" type: "ReLU" bottom: "nope" top: "a" }'),
    () => {
      good.blobs.in.reshape(4096, 2, 2);
      try { good.forward(); } finally { good.blobs.in.reshape(4096, 4); }
    },
    () => good.copyFrom(other.toProto()),
    () => new Solver({ text: 'base_lr: 0.1' }),
    () => new Solver({ text: 'net_param { ' + input + ip + ' } base_lr: 0.1 lr_policy: "nope"' }).step(1),
    () => good.loadHDF5('missing.h5'),
    () => new Net({ text: 'layer { nope: 1 }' }, 'test'),
    () => good.copyFrom(new Uint8Array(100).fill(255)),
  ];
  const messages = mistakes.map(() => undefined);
  function batch(times) {
    for (let i = 0; i < times; i++) {
      try {
        mistakes[i % mistakes.length]();
        throw new Error('no failure ' + i);
      } catch (error) {
        if (!(error instanceof CaffeError)) throw error;
        const first = (messages[i % mistakes.length] ??= error.message);
        if (error.message !== first || error.message === '') throw new Error('another text: ' + error.message + ' for ' + first);
      }
      look();
      if (i % 100 === 0) gc();
    }
    good.forward();
    // The list of the known layer types: 2,000 failures write 30 kB, the buffer that glog never rewinds, many times over.
    assert(Math.max(...messages.map((message) => message.length)) > 500);
  }`;

test('2,000 failures in a row leave nothing behind, and the text of each is complete', async (t) => {
  const bytes = await growth(program, 200, 2000);
  t.log(`${bytes / 2 ** 20} MB`);
  // Sanitizers, in the build that TSCAFFE_ADDON names, keep what was freed for a while.
  const most = process.env['TSCAFFE_ADDON'] === undefined ? 16 : 64;
  t.true(bytes < most * 2 ** 20, `${bytes} bytes`);
});
