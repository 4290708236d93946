// Blobs that share memory of other blobs, which may be smaller than what they had. An array that reached past its
// memory overwrote the heap.
import test from 'ava';
import { Blob, createLayer, math, Net } from 'tscaffe';

/** A blob that once had 100,000 values, and now shares one. */
function shrunken(): Blob {
  const blob = new Blob(1e5);
  blob.reshape(1);
  blob.shareData(new Blob(1));
  blob.shareDiff(new Blob(1));
  return blob;
}

test('a blob that shares less memory than it had gets new memory when it grows', (t) => {
  const blob = shrunken();
  const other = new Blob(1);
  blob.shareData(other);
  blob.data[0] = 3;
  blob.reshape(1e5);
  blob.data.fill(7);
  blob.diff.fill(7);
  t.is(blob.data.length, 1e5);
  t.deepEqual([...other.data], [3]);
  math.scal(2, blob.data);
  t.is(blob.asumData(), 14e5);
});

test('so does one that is given the shape of another, or a message', (t) => {
  const source = new Blob(1e5);
  source.data.fill(2);
  const copy = shrunken();
  copy.copyFrom(source, { reshape: true });
  t.is(copy.asumData(), 2e5);
  const read = shrunken();
  read.fromProto(source.toProto());
  t.is(read.asumData(), 2e5);
});

const input = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 } } }';
const cont = 'layer { name: "c" type: "Input" top: "c" input_param { shape { dim: 2 dim: 3 } } }';
const nets: Record<string, string> = {
  Flatten: 'layer { name: "a" type: "Flatten" bottom: "x" top: "a" }',
  Reshape: 'layer { name: "a" type: "Reshape" bottom: "x" top: "a" reshape_param { shape { dim: -1 } } }',
  Split: 'layer { name: "a" type: "Split" bottom: "x" top: "a" top: "b" }',
  Concat: 'layer { name: "a" type: "Concat" bottom: "x" top: "a" }',
  Slice: 'layer { name: "a" type: "Slice" bottom: "x" top: "a" }',
  RNN: `${cont} layer { name: "a" type: "RNN" bottom: "x" bottom: "c" top: "a" recurrent_param { num_output: 5
    weight_filler { value: 1 } } }`,
  LSTM: `${cont} layer { name: "a" type: "LSTM" bottom: "x" bottom: "c" top: "a" recurrent_param { num_output: 5
    weight_filler { value: 1 } } }`,
};

for (const [type, text] of Object.entries(nets)) {
  test(`the top of ${type} may be reshaped by hand, before and after a forward`, (t) => {
    using net = new Net(
      {
        text: `force_backward: true ${input} ${text}
      layer { name: "power" type: "Power" bottom: "a" top: "power" power_param { scale: 2 } }`,
      },
      'train',
    );
    const { x, a } = net.blobs;
    x.data.fill(1);
    net.forward();
    const sum = a.asumData();
    const shape = [...a.shape];
    for (let round = 0; round < 2; ++round) {
      a.reshape(1e5);
      a.data.fill(7);
      net.forward();
      t.is(a.asumData(), sum);
      t.deepEqual([...a.shape], shape);
      a.reshape(1e5);
      a.diff.fill(7);
      net.forward(undefined, { start: 'power' });
      a.data.fill(9);
    }
    net.forward();
    net.backward();
    t.is(net.blobs['power'].asumData(), 2 * sum);
    t.deepEqual(
      [...x.data],
      Array.from({ length: 24 }, () => 1),
    );
  });
}

test("a data layer's top may be reshaped by hand", (t) => {
  const text = `layer { name: "data" type: "MemoryData" top: "data" top: "label"
    memory_data_param { batch_size: 1 channels: 1 height: 1 width: 2 } }`;
  using net = new Net({ text }, 'train');
  const { data } = net.blobs;
  data.reshape(1e5);
  net.setInputArrays(new Float32Array([3, 4]), new Float32Array([1]));
  net.forward();
  t.deepEqual([...data.data], [3, 4]);
  data.reshape(1e5);
  data.data.fill(7);
  net.forward();
  t.deepEqual([...data.data], [3, 4]);
});

test('a blob whose reshape failed has arrays of its memory, and can be reshaped', (t) => {
  const blob = new Blob(2);
  // 60,000 x 60,000 is too much; the first of them had been taken before Caffe saw that.
  t.throws(() => {
    blob.reshape(60_000, 60_000);
  });
  t.is(blob.data.fill(7).length, blob.count);
  t.is(blob.diff.fill(7).length, blob.count);
  t.is(
    blob.count,
    blob.shape.reduce((count, size) => count * size, 1),
  );
  blob.reshape(3);
  t.is(blob.data.fill(1).length, 3);
  t.is(blob.asumData(), 3);
});

test('so has the top of a layer that gave it an impossible shape', (t) => {
  const bottom = new Blob(500, 3, 1, 4);
  const top = new Blob();
  using layer = createLayer({ type: 'Tile', tileParam: { tiles: -1 } });
  t.throws(
    () => {
      layer.setup([bottom], [top]);
    },
    { code: 'ERR_CAFFE_CHECK' },
  );
  t.is(top.data.fill(7).length, top.count);
  t.is(top.diff.fill(7).length, top.count);
});

test('a layer whose setup failed half-way computes after it has been set up only', (t) => {
  const text = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 3 dim: 3 dim: 5 dim: 6 } } }
    layer { name: "a" type: "Convolution" bottom: "x" top: "a" convolution_param { num_output: 3 kernel_size: 4 } }`;
  using net = new Net({ text }, 'test');
  const layer = net.layerDict['a'];
  net.blobs['x'].reshape(3, 3, 5, 6, 2);
  t.throws(
    () => {
      layer.setup();
    },
    { code: 'ERR_CAFFE_CHECK' },
  );
  net.blobs['x'].reshape(3, 3, 5, 6);
  const refusal = { code: 'ERR_CAFFE_LAYER', message: /the layer's last setup failed half-way; call setup again/ };
  t.throws(() => net.forward(), refusal);
  t.throws(() => {
    net.reshape();
  }, refusal);
  t.throws(() => {
    layer.reshape();
  }, refusal);
  layer.setup();
  net.forward();
  t.deepEqual([...net.blobs['a'].shape], [3, 3, 2, 3]);
});
