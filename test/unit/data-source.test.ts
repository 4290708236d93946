import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import {
  createLayer,
  Blob,
  dataSource,
  layers,
  layerTypes,
  Net,
  NetSpec,
  type SourceLayer,
  type DataSourceOptions,
  type LayerFields,
} from 'tscaffe';
import {
  nextBatches,
  numbered,
  numberedSamples,
  numbersIn,
  sourceNet,
  tops,
  type Numbered,
} from './numbered-samples.js';

declare module 'tscaffe' {
  interface LayerTypes {
    Numbered: LayerFields;
  }
}

function* generate(count: number): Generator<Numbered> {
  for (let n = 0; n < count; n++) yield numbered(n);
}

const sources = {
  'an array': numberedSamples(5),
  'a list': { length: 5, at: numbered },
  'an iterable': { [Symbol.iterator]: () => generate(5) },
  'a function': () => generate(5),
  'a list with promises': { length: 5, at: (n: number) => Promise.resolve(numbered(n)) },
  'an asynchronous iterable': {
    async *[Symbol.asyncIterator]() {
      for (const sample of generate(5)) yield Promise.resolve(sample);
    },
  },
  'an iterable of promises': {
    [Symbol.iterator]: () => [...generate(5)].map((n) => Promise.resolve(n))[Symbol.iterator](),
  },
  'a promise of a stream': () => Promise.resolve(generate(5)),
};

for (const [what, source] of Object.entries(sources)) {
  for (const prefetch of [0, 1, 4]) {
    test(`${what} gives batches, epoch after epoch, with prefetch ${prefetch}`, async (t) => {
      using net = sourceNet(dataSource(source, { tops, batchSize: 2, prefetch }));
      t.deepEqual(net.blobs['data'].shape, [2, 2]);
      t.deepEqual(net.blobs['label'].shape, [2]);
      const seen = [];
      for (let batch = 0; batch < 5; batch++) {
        await net.forwardAsync();
        seen.push(numbersIn(net));
      }
      t.deepEqual(seen, [[0, 1], [2, 3], [4], [0, 1], [2, 3]]);
    });
  }
}

for (const what of ['an array', 'a list', 'an iterable', 'a function'] as const) {
  test(`${what} feeds synchronous calls too`, (t) => {
    using net = sourceNet(dataSource(sources[what], { tops, batchSize: 2 }));
    t.deepEqual(nextBatches(net, 4), [[0, 1], [2, 3], [4], [0, 1]]);
  });
}

test('an iterator that can be read only once feeds one epoch', async (t) => {
  using net = sourceNet(dataSource(generate(4), { tops, batchSize: 2, prefetch: 0 }));
  t.deepEqual(nextBatches(net, 2), [
    [0, 1],
    [2, 3],
  ]);
  const error = t.throws(() => net.forward(), { code: 'ERR_CAFFE_SOURCE' });
  t.regex(error.message, /layer "in": .*its iterator has come to its end.*a function that opens an epoch/);
  await t.throwsAsync(net.forwardAsync(), { message: error.message });
});

test('an iterator that can be read only once is for one layer', (t) => {
  const source = dataSource(generate(4), { tops, batchSize: 2 });
  using first = sourceNet(source);
  using second = sourceNet(source);
  t.deepEqual(nextBatches(first, 1), [[0, 1]]);
  t.throws(() => second.forward(), { code: 'ERR_CAFFE_SOURCE', message: /can be read by one layer only/ });
  t.deepEqual(nextBatches(first, 1), [[2, 3]]);
});

test('each layer reads a source on its own', (t) => {
  const source = dataSource(numberedSamples(4), { tops, batchSize: 2 });
  using first = sourceNet(source);
  using second = sourceNet(source);
  t.deepEqual(nextBatches(first, 3), [
    [0, 1],
    [2, 3],
    [0, 1],
  ]);
  t.deepEqual(nextBatches(second, 1), [[0, 1]]);
});

const lasts: { last: DataSourceOptions['last']; batches: number[][]; epochs: number[] }[] = [
  {
    last: 'short',
    batches: [
      [0, 1, 2],
      [3, 4],
      [0, 1, 2],
    ],
    epochs: [0, 0, 1],
  },
  {
    last: 'drop',
    batches: [
      [0, 1, 2],
      [0, 1, 2],
      [0, 1, 2],
    ],
    epochs: [0, 1, 2],
  },
  {
    last: 'wrap',
    batches: [
      [0, 1, 2],
      [3, 4, 0],
      [1, 2, 3],
    ],
    epochs: [0, 1, 1],
  },
  {
    last: { pad: 0 },
    batches: [
      [0, 1, 2],
      [3, 4, 0],
      [0, 1, 2],
    ],
    epochs: [0, 0, 1],
  },
];

for (const { last, batches, epochs } of lasts) {
  for (const what of ['an array', 'a function'] as const) {
    test(`the end of an epoch of ${what} with last: ${JSON.stringify(last)}`, (t) => {
      using net = sourceNet(dataSource(sources[what], { tops, batchSize: 3, ...(last && { last }) }));
      const { layer } = net.layerDict['in'];
      for (const [index, batch] of batches.entries()) {
        t.deepEqual(nextBatches(net, 1), [batch]);
        t.is((layer as SourceLayer).epoch, epochs[index]);
      }
    });
  }
}

test('a batch may be filled up with another value for each top', (t) => {
  const source = dataSource(numberedSamples(3), { tops, batchSize: 2, last: { pad: { data: 7, label: 255 } } });
  using net = sourceNet(source);
  net.forward();
  const { data, label } = net.forward();
  t.deepEqual([...data], [2, -2, 7, 7]);
  t.deepEqual([...label], [2, 255]);
});

test('an epoch smaller than a batch: wrapped as often as it takes, or an error with drop', (t) => {
  using wrapping = sourceNet(dataSource(numberedSamples(2), { tops, batchSize: 5, last: 'wrap' }));
  t.deepEqual(nextBatches(wrapping, 2), [
    [0, 1, 0, 1, 0],
    [1, 0, 1, 0, 1],
  ]);
  using dropping = sourceNet(dataSource(numberedSamples(2), { tops, batchSize: 5, last: 'drop' }));
  t.throws(() => dropping.forward(), {
    code: 'ERR_CAFFE_SOURCE',
    message: /epoch 0 has 2 samples, fewer than a batch of 5/,
  });
});

test('layers behind a short batch follow its shape', (t) => {
  const { type } = dataSource(numberedSamples(3), { tops, batchSize: 2 });
  using net = new Net(
    {
      text: `layer { name: "in" type: "${type}" top: "data" top: "label" }
        layer { name: "double" type: "Power" bottom: "data" top: "double" power_param { scale: 2 } }`,
    },
    'train',
  );
  net.forward();
  const { double } = net.forward();
  t.deepEqual([...double], [4, -4]);
  t.deepEqual([...net.forward()['double']], [0, -0, 2, -2]);
});

test('samples may be lists of values in the order of the tops', (t) => {
  using net = sourceNet(dataSource([[[1, -1], 1] as const, [[2, -2], 2] as const], { tops, batchSize: 2 }));
  t.deepEqual(nextBatches(net, 1), [[1, 2]]);
});

for (const { what, values } of [
  { what: 'Float32Array', values: Float32Array.of(3, 250) },
  { what: 'Float64Array', values: Float64Array.of(3, 250) },
  { what: 'Uint8Array', values: Uint8Array.of(3, 250) },
  { what: 'Uint8ClampedArray', values: Uint8ClampedArray.of(3, 250) },
  { what: 'Buffer', values: Buffer.from([3, 250]) },
  { what: 'Int16Array', values: Int16Array.of(3, 250) },
  { what: 'array', values: [3, 250] },
]) {
  test(`values may be a ${what}, and are scaled as Caffe scales them`, (t) => {
    for (const scale of [1, 0.00390625, 1 / 3]) {
      const source = dataSource([{ data: values, label: 5 }], {
        tops: { data: { shape: [2], scale }, label: { shape: [], scale } },
        batchSize: 1,
      });
      using net = sourceNet(source);
      const { data, label } = net.forward();
      // Both factors and the product are 32-bit floats.
      t.deepEqual([...data], [...Float32Array.of(3 * Math.fround(scale), 250 * Math.fround(scale))]);
      t.is(label[0], Math.fround(5 * Math.fround(scale)));
    }
  });
}

test('a source may fill the same array for each sample', async (t) => {
  const data = new Float32Array(2);
  const source = function* (): Generator<Numbered> {
    for (let n = 0; n < 9; n++) {
      data.set([n, -n]);
      yield { data, label: n };
    }
  };
  using plain = sourceNet(dataSource(source, { tops, batchSize: 3 }));
  using shuffled = sourceNet(dataSource(source, { tops, batchSize: 3, shuffle: { seed: 1, buffer: 4 } }));
  const seen = [];
  for (let batch = 0; batch < 3; batch++) {
    await plain.forwardAsync();
    await shuffled.forwardAsync();
    numbersIn(plain);
    seen.push(...numbersIn(shuffled));
  }
  t.deepEqual(seen.sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test('data_param of the prototxt wins over the options', (t) => {
  const source = dataSource(numberedSamples(9), { tops, batchSize: 2 });
  using net = sourceNet(source, 'data_param { batch_size: 3 prefetch: 1 }');
  t.deepEqual(nextBatches(net, 1), [[0, 1, 2]]);
});

test('a layer may have some of the tops, in another order, or under names of its own', (t) => {
  const { type } = dataSource(numberedSamples(4), { tops, batchSize: 2 });
  const forward = (names: string): Record<string, Float32Array> =>
    new Net({ text: `layer { name: "in" type: "${type}" ${names} }` }, 'test').forward();
  t.deepEqual(forward('top: "label"'), { label: Float32Array.of(0, 1) });
  t.deepEqual(forward('top: "label" top: "data"'), {
    label: Float32Array.of(0, 1),
    data: Float32Array.of(0, -0, 1, -1),
  });
  t.deepEqual(forward('top: "x" top: "y"'), { x: Float32Array.of(0, -0, 1, -1), y: Float32Array.of(0, 1) });
});

test('a source is a layer of a NetSpec, and of createLayer', (t) => {
  dataSource(numberedSamples(4), { type: 'Numbered', tops, batchSize: 2 });
  t.true(layerTypes().includes('Numbered'));
  const spec = new NetSpec();
  [spec['data'], spec['label']] = layers.Numbered({ ntop: 2 });
  t.deepEqual(nextBatches(new Net(spec, 'train'), 1), [[0, 1]]);

  using layer = createLayer({ type: 'Numbered', dataParam: { batchSize: 3 } });
  const top = [new Blob(), new Blob()];
  layer.setup([], top);
  layer.forward([], top);
  t.deepEqual([...top[1].data], [0, 1, 2]);
  t.is((layer.layer as SourceLayer).cursor.sample, 3);
});

test('shuffling: each epoch has all samples, in an order of its own that follows from the seed', (t) => {
  const samples = numberedSamples(40);
  const epochs = (shuffle: number): number[][] => {
    using net = sourceNet(dataSource(samples, { tops, batchSize: 40, shuffle }));
    return nextBatches(net, 3);
  };
  const [first, second, third] = epochs(1);
  const inOrder = samples.map(({ label }) => label);
  for (const epoch of [first, second, third]) {
    t.notDeepEqual(epoch, inOrder);
    t.deepEqual(
      [...epoch].sort((a, b) => a - b),
      inOrder,
    );
  }
  t.notDeepEqual(first, second);
  t.notDeepEqual(second, third);
  t.deepEqual(epochs(1), [first, second, third]);
  t.notDeepEqual(epochs(2)[0], first);
});

test('streams are shuffled in blocks, and a block in all its orders', (t) => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) {
    using net = sourceNet(dataSource(() => generate(8), { tops, batchSize: 8, shuffle: { seed, buffer: 3 } }));
    const [order] = nextBatches(net, 1);
    const blocks = [order.slice(0, 3), order.slice(3, 6), order.slice(6)];
    t.deepEqual(
      blocks.map((block) => [...block].sort()),
      [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7],
      ],
    );
    seen.add(String(blocks[0]));
  }
  t.is(seen.size, 6);
});

test('a list is asked for as many samples at once as concurrency says, and they come in their order', async (t) => {
  let underWay = 0;
  let most = 0;
  const list = {
    length: 20,
    at: async (n: number) => {
      most = Math.max(most, ++underWay);
      // The later of a pair comes first.
      for (let turn = 0; turn < (n % 2 === 0 ? 4 : 1); turn++) await setImmediate();
      underWay--;
      return numbered(n);
    },
  };
  using net = sourceNet(dataSource(list, { tops, batchSize: 20, concurrency: 5, prefetch: 0 }));
  await net.forwardAsync();
  t.deepEqual(
    numbersIn(net),
    Array.from({ length: 20 }, (_, n) => n),
  );
  t.is(most, 5);
});

test('while the net computes, as many batches are read ahead as prefetch says, and no more', async (t) => {
  let read = 0;
  const source = async function* (): AsyncGenerator<Numbered> {
    for (;;) {
      await Promise.resolve();
      yield numbered(read++);
    }
  };
  using net = sourceNet(dataSource(source, { tops, batchSize: 2, prefetch: 3 }));
  t.is(read, 0, 'nothing before it is needed');
  await net.forwardAsync();
  while (read < 8) await setImmediate();
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  t.is(read, 8);
  t.deepEqual(
    nextBatches(net, 3),
    [
      [2, 3],
      [4, 5],
      [6, 7],
    ],
    'synchronous calls may use what is there',
  );
});
