import test from 'ava';
import { CaffeError, dataSource, type DataSourceOptions } from 'tscaffe';
import { nextBatches, numbered, numberedSamples, sourceNet, tops, type Numbered } from './numbered-samples.js';

const wrongOptions: { what: string; options: unknown; message: RegExp }[] = [
  { what: 'no options', options: undefined, message: /an object with `tops` for options but received undefined/ },
  { what: 'no tops', options: { batchSize: 1 }, message: /the shape of each top.* for tops but received undefined/ },
  { what: 'empty tops', options: { tops: {} }, message: /the shape of each top/ },
  {
    what: 'a top without a shape',
    options: { tops: { data: 3 } },
    message: /shape of a sample.* for tops.data but received 3/,
  },
  {
    what: 'an axis of 0',
    options: { tops: { data: [0] } },
    message: /from 1 to 2147483647 for tops.data\[0\] but received 0/,
  },
  {
    what: 'a huge shape',
    options: { tops: { data: [65536, 65536] } },
    message: /for tops.data but received 4294967296/,
  },
  { what: 'a scale', options: { tops: { data: { shape: [1], scale: '2' } } }, message: /a number for tops.data.scale/ },
  { what: 'batchSize', options: { tops, batchSize: 0 }, message: /for batchSize but received 0/ },
  { what: 'prefetch', options: { tops, prefetch: 1.5 }, message: /for prefetch but received 1.5/ },
  {
    what: 'last',
    options: { tops, last: 'long' },
    message: /'short', 'drop', 'wrap' or { pad } for last but received "long"/,
  },
  { what: 'pad of one top', options: { tops, last: { pad: { data: 0 } } }, message: /a number for last.pad.label/ },
  { what: 'shuffle', options: { tops, shuffle: true }, message: /an integer for shuffle but received true/ },
  { what: 'a seed', options: { tops, shuffle: -1 }, message: /from 0 to 4294967295 for shuffle but received -1/ },
  {
    what: 'a buffer',
    options: { tops, shuffle: { seed: 1, buffer: 0 } },
    message: /for shuffle.buffer but received 0/,
  },
  { what: 'concurrency', options: { tops, concurrency: 0 }, message: /for concurrency but received 0/ },
  { what: 'skips', options: { tops, skips: 1 }, message: /true or false for skips/ },
  { what: 'type', options: { tops, type: 5 }, message: /a string for type but received 5/ },
  {
    what: 'an unknown option',
    options: { tops, batchsize: 5 },
    message: /^options: there is no batchsize; did you mean batchSize\?; there are tops, type,/,
  },
  {
    what: 'an unknown word beside a shape',
    options: { tops: { data: { shape: [2], scales: 2 } } },
    message: /^tops\.data: there is no scales; did you mean scale\?/,
  },
  {
    what: 'an unknown word beside a seed',
    options: { tops, shuffle: { seed: 1, bufer: 5 } },
    message: /^shuffle: there is no bufer; did you mean buffer\?/,
  },
  {
    what: 'an unknown word beside a pad',
    options: { tops, last: { pad: 1, pads: 2 } },
    message: /^last: there is no pads; did you mean pad\?/,
  },
  {
    what: 'a pad for what is no top',
    options: { tops: { data: [], label: [] }, last: { pad: { data: 0, label: 1, lable: 2 } } },
    message: /^last\.pad: there is no lable; did you mean label\?/,
  },
];

for (const { what, options, message } of wrongOptions) {
  test(`a wrong option is an error before anything is registered: ${what}`, (t) => {
    const error = t.throws<Error>(() => dataSource([], options as DataSourceOptions));
    t.true(error instanceof TypeError || error instanceof RangeError);
    t.regex(error.message, message);
  });
}

for (const source of [undefined, null, 5, 'text', new Float32Array(3), {}, { length: 3 }]) {
  test(`what is no source is a TypeError: ${JSON.stringify(source)}`, (t) => {
    t.throws(() => dataSource(source as never, { tops }), {
      instanceOf: TypeError,
      message: /an iterable, a list.* for source/,
    });
  });
}

test('a type that is taken is an error', (t) => {
  dataSource([], { type: 'Taken', tops });
  t.throws(() => dataSource([], { type: 'Taken', tops }), {
    code: 'ERR_CAFFE_LAYER',
    message: /"Taken" is registered already/,
  });
  t.throws(() => dataSource([], { type: 'Pooling', tops }), { code: 'ERR_CAFFE_LAYER', message: /one of Caffe's own/ });
});

for (const { what, fields, message } of [
  {
    what: 'transform_param',
    fields: 'transform_param { scale: 2 }',
    message: /transform_param is for layers of Caffe.*io\.Transformer/,
  },
  {
    what: 'data_param { source }',
    fields: 'data_param { batch_size: 2 source: "x" }',
    message: /data_param has source, but only/,
  },
  { what: 'a batch size of 0', fields: 'data_param { batch_size: 0 }', message: /a batch size of at least 1/ },
  {
    what: 'another top',
    fields: 'top: "lable"',
    message: /it has a top "lable", but samples have \(data, label\); did you mean label\?/,
  },
  { what: 'a bottom', fields: 'bottom: "data"', message: /bottom/ },
]) {
  test(`a layer with what it cannot have is refused, when the net is built: ${what}`, (t) => {
    const source = dataSource(numberedSamples(4), { tops, batchSize: 2 });
    const error = t.throws<CaffeError>(() => sourceNet(source, fields), { instanceOf: CaffeError });
    t.regex(error.message, message);
  });
}

test('a source without a batch size is refused', (t) => {
  const source = dataSource(numberedSamples(4), { tops });
  t.throws(() => sourceNet(source), {
    code: 'ERR_CAFFE_SOURCE',
    message: /`batchSize` of dataSource, or data_param { batch_size }/,
  });
});

const wrongSamples: { what: string; sample: unknown; message: RegExp }[] = [
  {
    what: 'a missing top',
    sample: { data: [1, 2] },
    message: /values for top "label" but the sample has only \(data\)/,
  },
  {
    what: 'too few values',
    sample: { data: [1], label: 0 },
    message: /2 values for top "data" of shape \(2\) but received 1/,
  },
  {
    what: 'too many values',
    sample: { data: new Uint8Array(3), label: 0 },
    message: /2 values for top "data" .* received 3/,
  },
  {
    what: 'one number for several',
    sample: { data: 1, label: 0 },
    message: /2 values for top "data" of shape \(2\) but received 1/,
  },
  {
    what: 'a number that is NaN',
    sample: { data: [1, 2], label: NaN },
    message: /a number for top "label" but received NaN/,
  },
  {
    what: 'NaN among numbers',
    sample: { data: [1, NaN], label: 0 },
    message: /numbers for top "data" but element 1 is NaN/,
  },
  { what: 'a hole among numbers', sample: { data: [1, undefined], label: 0 }, message: /element 1 is undefined/ },
  {
    what: 'text',
    sample: { data: 'ab', label: 0 },
    message: /array of numbers for top "data" but received the string "ab"/,
  },
  { what: 'an object', sample: { data: { length: 2 }, label: 0 }, message: /array of numbers for top "data"/ },
  {
    what: 'big integers',
    sample: { data: new BigInt64Array(2), label: 0 },
    message: /received BigInt64Array of length 2/,
  },
  { what: 'null', sample: null, message: /an object with the values of each top.* received null/ },
  { what: 'undefined', sample: undefined, message: /received undefined/ },
  { what: 'a number', sample: 5, message: /received 5/ },
  { what: 'an array of numbers', sample: Float32Array.of(1, 2), message: /received Float32Array of length 2/ },
  {
    what: 'a list that is too short',
    sample: [[1, 2]],
    message: /a list of 2, the values of each top, but received one of 1/,
  },
];

for (const { what, sample, message } of wrongSamples) {
  test(`a wrong sample is an error that names it: ${what}`, async (t) => {
    const list = [numbered(0), numbered(1), numbered(2), sample];
    for (const source of [list, () => list, () => list.map((each) => Promise.resolve(each))]) {
      using net = sourceNet(dataSource(source as never, { type: undefined as never, tops, batchSize: 2 }));
      await net.forwardAsync();
      const error = await t.throwsAsync<CaffeError>(net.forwardAsync(), {
        instanceOf: CaffeError,
        code: 'ERR_CAFFE_SOURCE',
      });
      t.is(error.layer, 'in');
      t.regex(error.message, /source DataSource\d+: sample 3 of epoch 0: expected/);
      t.regex(error.message, message);
      await t.throwsAsync(net.forwardAsync(), { message: error.message }, 'the next call fails too, and does not hang');
    }
  });
}

for (const [what, source] of Object.entries({
  'an empty array': [],
  'an empty stream': () => [],
  'an asynchronous one': async function* () {
    yield* await Promise.resolve([]);
  },
})) {
  test(`a source without samples is an error: ${what}`, async (t) => {
    for (const last of ['short', 'drop', 'wrap'] as const) {
      using net = sourceNet(dataSource<'data' | 'label'>(source, { tops, batchSize: 2, last }));
      await t.throwsAsync(net.forwardAsync(), { code: 'ERR_CAFFE_SOURCE', message: /epoch 0 has no samples/ });
    }
  });
}

test('a function that returns no stream is an error', (t) => {
  using net = sourceNet(dataSource((() => 5) as never, { tops, batchSize: 2 }));
  t.throws(() => net.forward(), {
    instanceOf: TypeError,
    message: /an iterable for what the source returned for epoch 0/,
  });
});

test('an iterator whose next() gives no object is an error', (t) => {
  const iterator = { next: () => 5 as never };
  using net = sourceNet(dataSource(() => ({ [Symbol.iterator]: () => iterator }), { tops, batchSize: 2 }));
  t.throws(() => net.forward(), { instanceOf: TypeError, message: /{ done, value } from next\(\).* received 5/ });
});

test('a source that uses the net that waits for it is refused, and the net goes on', async (t) => {
  let use: (() => void) | undefined;
  const list = {
    length: 20,
    at: (n: number): Numbered => {
      use?.();
      return numbered(n);
    },
  };
  using net = sourceNet(dataSource(list, { tops, batchSize: 2, prefetch: 0 }));
  for (const call of [
    () => net.forward(),
    () => {
      net.dispose();
    },
  ]) {
    use = call;
    t.throws(() => net.forward(), { code: 'ERR_CAFFE_BUSY' });
    await t.throwsAsync(net.forwardAsync(), { code: 'ERR_CAFFE_BUSY' });
  }
  use = undefined;
  t.deepEqual(nextBatches(net, 1), [[0, 1]]);
});

test('a source that disposes its net while it is read ahead ends quietly', async (t) => {
  let armed = false; // not before the call is over: until then it is refused
  const source = function* (): Generator<Numbered> {
    for (let n = 0; ; n++) {
      if (armed) net.dispose();
      yield numbered(n);
    }
  };
  const net = sourceNet(dataSource(source, { tops, batchSize: 2, prefetch: 10000 }));
  await net.forwardAsync();
  armed = true;
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_DISPOSED' });
});

const reasons: unknown[] = [new Error('disk'), 'text', null, undefined];
for (const reason of reasons) {
  for (const prefetch of [0, 4]) {
    test(`what a source throws comes out as it was thrown, then it goes on: ${String(reason)}, prefetch ${prefetch}`, async (t) => {
      let throws = 1;
      const list = {
        length: 6,
        at: (n: number): Numbered => {
          if (n === 3 && throws-- > 0) throw reason;
          return numbered(n);
        },
      };
      const stream = function* (): Generator<Numbered> {
        for (let n = 0; n < 6; n++) yield list.at(n);
      };
      const later = async function* (): AsyncGenerator<Numbered> {
        for (let n = 0; n < 6; n++) yield await Promise.resolve(list.at(n));
      };
      const promises = { length: 6, at: async (n: number) => Promise.resolve(n).then(list.at) };
      for (const source of [list, stream, later, promises]) {
        throws = 1;
        using net = sourceNet(dataSource<'data' | 'label'>(source, { tops, batchSize: 2, prefetch }));
        await net.forwardAsync();
        const thrown = await net.forwardAsync().then(
          () => 'nothing',
          (error: unknown) => error,
        );
        t.is(thrown, reason);
        await net.forwardAsync();
        t.deepEqual([...net.blobs['label'].data], [2, 3], 'at the first sample that no net has seen');
      }
    });
  }
}

test('an iterator that has failed and cannot be opened again fails at once from then on', async (t) => {
  const reason = new Error('disk');
  const failing = (function* (): Generator<Numbered> {
    yield numbered(0);
    throw reason;
  })();
  using net = sourceNet(dataSource(failing, { tops, batchSize: 1 }));
  t.deepEqual(nextBatches(net, 1), [[0]]);
  t.is(
    t.throws(() => net.forward()),
    reason,
  );
  for (let call = 0; call < 2; call++) {
    t.throws(() => net.forward(), {
      code: 'ERR_CAFFE_SOURCE',
      message: /its iterator has failed, and cannot be opened again/,
    });
    await t.throwsAsync(net.forwardAsync(), { code: 'ERR_CAFFE_SOURCE' });
  }
});
