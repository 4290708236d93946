import test from 'ava';
import { coordMap, layers, Net, NetSpec, Top } from 'tscaffe';

const { AxisMismatchException, coordMapFromTo, crop, UndefinedMapException } = coordMap;

interface Shape {
  ks?: number | number[];
  stride?: number | number[];
  pad?: number | number[];
  pool?: number;
  dstride?: number;
  dpad?: number;
}

/** The net of all cases: a convolution, a pooling, and a deconvolution that undoes them. */
function coordNetSpec({ ks = 3, stride = 1, pad = 0, pool = 2, dstride = 2, dpad = 0 }: Shape = {}): NetSpec {
  const n = new NetSpec();
  n['data'] = layers.Input({ shape: { dim: [2, 1, 100, 100] } });
  n['aux'] = layers.Input({ shape: { dim: [2, 1, 20, 20] } });
  n['conv'] = layers.Convolution(n['data'], { numOutput: 10, kernelSize: ks, stride, pad });
  n['pool'] = layers.Pooling(n['conv'], { pool: 'MAX', kernelSize: pool, stride: pool, pad: 0 });
  n['deconv'] = layers.Deconvolution(n['pool'], {
    convolutionParam: { numOutput: 10, kernelSize: [dstride * 2], stride: [dstride], pad: [dpad] },
  });
  return n;
}

const deconvToData = (shape?: Shape): coordMap.CoordMap => {
  const n = coordNetSpec(shape);
  return coordMapFromTo(n['deconv'], n['data']);
};

// The eleven cases of pycaffe's test_coord_map.

test('test_conv_pool_deconv: a convolution, a pooling and a deconvolution are mapped', (t) => {
  t.deepEqual(deconvToData(), { axis: 1, scale: [1], shift: [0] });
  t.deepEqual(deconvToData({ pool: 4, dstride: 4 }), { axis: 1, scale: [1], shift: [-1] });
});

test('test_pass: ReLU and a convolution of 1 x 1 leave places as they are', (t) => {
  const n = coordNetSpec();
  const map = coordMapFromTo(n['deconv'], n['data']);
  n['relu'] = layers.ReLU(n['deconv']);
  n['conv1x1'] = layers.Convolution(n['relu'], { numOutput: 10, kernelSize: 1, stride: 1, pad: 0 });
  t.deepEqual(coordMapFromTo(n['relu'], n['data']), map);
  t.deepEqual(coordMapFromTo(n['conv1x1'], n['data']), map);
});

test('test_padding: the padding of a convolution adds to the offset, that of a deconvolution takes from it', (t) => {
  const { scale, shift } = deconvToData();
  for (const pad of [0, 1, 4, 10]) {
    const padded = deconvToData({ pad });
    t.deepEqual(padded.scale, scale);
    t.deepEqual(padded.shift, [(shift[0] ?? NaN) - pad]);
    const unpadded = deconvToData({ dpad: pad });
    t.deepEqual(unpadded.scale, scale);
    t.deepEqual(unpadded.shift, [(shift[0] ?? NaN) + pad]);
    t.deepEqual(deconvToData({ pad, dpad: pad }), { axis: 1, scale, shift });
  }
});

test('test_multi_conv: each bottom and top of a layer is mapped alike', (t) => {
  const n = coordNetSpec();
  const [convData, convAux] = layers.Convolution(n['data'], n['aux'], {
    ntop: 2,
    numOutput: 10,
    kernelSize: 5,
    stride: 2,
    pad: 0,
  });
  t.deepEqual(coordMapFromTo(convData, n['data']), coordMapFromTo(convAux, n['aux']));
});

test('test_rect: a map of two axes is its parts', (t) => {
  const square3 = deconvToData({ ks: 3, stride: 1, pad: 0 });
  const square5 = deconvToData({ ks: 5, stride: 2, pad: 10 });
  const both = deconvToData({ ks: [3, 5], stride: [1, 2], pad: [0, 10] });
  t.deepEqual([square3.axis, square5.axis, both.axis], [1, 1, 1]);
  t.deepEqual(both.scale, [...square3.scale, ...square5.scale]);
  t.deepEqual(both.shift, [...square3.shift, ...square5.shift]);
});

test('test_nd_conv: three axes are mapped as two', (t) => {
  const n = new NetSpec();
  n['data'] = layers.Input({ shape: { dim: [2, 3, 100, 100, 100] } });
  n['conv'] = layers.Convolution(n['data'], {
    numOutput: 10,
    kernelSize: [3, 3, 3],
    stride: [1, 1, 1],
    pad: [0, 1, 2],
  });
  n['pool'] = layers.Pooling(n['conv'], { pool: 'MAX', kernelSize: 2, stride: 2, pad: 0 });
  n['deconv'] = layers.Deconvolution(n['pool'], {
    convolutionParam: { numOutput: 10, kernelSize: [4], stride: [2], pad: [0] },
  });
  const { axis, scale, shift } = coordMapFromTo(n['deconv'], n['data']);
  t.is(axis, 1);
  t.deepEqual(scale, [1, 1, 1]);
  t.is(shift.length, 3);
  t.is(shift[0] - 1, shift[1]);
  t.is(shift[1] - 1, shift[2]);
});

test('test_crop_of_crop: the offset of a Crop layer adds to the map', (t) => {
  for (const offset of [0, 3, 10]) {
    const n = coordNetSpec();
    const { axis, scale, shift } = coordMapFromTo(n['deconv'], n['data']);
    n['crop'] = layers.Crop(n['deconv'], n['data'], { axis: 2, offset });
    t.deepEqual(coordMapFromTo(n['crop'], n['data']), { axis, scale, shift: shift.map((b) => b + offset) });
  }
});

test('test_crop_helper: crop makes a Crop layer', (t) => {
  const n = coordNetSpec({ pad: 10 });
  const top = crop(n['deconv'], n['data']);
  t.true(top instanceof Top);
  t.is(top.layer.type, 'Crop');
  t.deepEqual(top.layer.message, { cropParam: { axis: 2, offset: [10] } });
});

test('test_catch_unconnected: tops that no map connects are an error', (t) => {
  const n = coordNetSpec();
  n['ip'] = layers.InnerProduct(n['deconv'], { numOutput: 10 });
  t.throws(() => coordMapFromTo(n['ip'], n['data']), { instanceOf: UndefinedMapException, message: /no map between/ });
});

test('test_catch_scale_mismatch: tops of different scales cannot be cropped', (t) => {
  const n = coordNetSpec({ pool: 3, dstride: 2 });
  t.throws(() => crop(n['deconv'], n['data']), { instanceOf: RangeError, message: /scale of 1 .*\(1\.5\)/ });
});

test('test_catch_negative_crop: a top cannot be cropped to one that reaches beyond it', (t) => {
  const n = coordNetSpec({ dpad: 10 });
  t.throws(() => crop(n['deconv'], n['data']), { instanceOf: RangeError, message: /covers topTo.*-10/ });
});

test('crop sees through the rounding of strides such as 49', (t) => {
  const n = coordNetSpec({ ks: 2, pool: 49, dstride: 49, pad: 60 });
  const { scale } = coordMapFromTo(n['deconv'], n['data']);
  t.not(scale[0], 1);
  t.is(crop(n['deconv'], n['data']).layer.message.cropParam?.axis, 2);
});

test('what crop cuts out lies where the other blob shows the same', (t) => {
  // A bright pixel goes through a pooling and its upsampling, and must come out where it went in.
  const n = new NetSpec();
  n['data'] = layers.Input({ shape: { dim: [1, 1, 12, 12] } });
  n['conv'] = layers.Convolution(n['data'], {
    numOutput: 1,
    kernelSize: 3,
    pad: 5,
    weightFiller: { type: 'constant', value: 1 },
  });
  n['pool'] = layers.Pooling(n['conv'], { pool: 'AVE', kernelSize: 2, stride: 2 });
  n['up'] = layers.Deconvolution(n['pool'], {
    convolutionParam: { numOutput: 1, kernelSize: [4], stride: [2], weightFiller: { type: 'bilinear' } },
  });
  n['score'] = crop(n['up'], n['data']);
  using net = new Net(n, 'test');
  t.deepEqual(net.blobs['score'].shape, [1, 1, 12, 12]);
  const data = new Float32Array(144);
  data[6 * 12 + 4] = data[6 * 12 + 5] = data[7 * 12 + 4] = data[7 * 12 + 5] = 1;
  const { score } = net.forward({ data });
  const centre = [0, 1].map((axis) => {
    const sums = score.reduce(
      ([weight, moment], x, i) => [weight + x, moment + x * (axis === 0 ? Math.floor(i / 12) : i % 12)],
      [0, 0],
    );
    return Math.round((100 * sums[1]) / sums[0]) / 100;
  });
  t.deepEqual(centre, [6.5, 4.5]);
});

test('compose refuses maps of different axes, inverse undoes a map', (t) => {
  const map = { axis: 1, scale: [0.5], shift: [-2] };
  t.throws(() => coordMap.compose(map, { ...map, axis: 2 }), { instanceOf: AxisMismatchException, message: /1 and 2/ });
  t.throws(() => coordMap.compose({ ...map, scale: [1, 2] }, { ...map, scale: [1, 2, 3] }), {
    instanceOf: AxisMismatchException,
    message: /2 and 3/,
  });
  // x / 2 - 2, back: 2x + 4
  t.deepEqual(coordMap.inverse(map), { axis: 1, scale: [2], shift: [4] });
  t.deepEqual(coordMap.compose(map, coordMap.inverse(map)), { axis: 1, scale: [1], shift: [0] });
});

test('kernels by height and width, and dilation, count', (t) => {
  const data = layers.Input({ shape: { dim: [1, 1, 50, 50] } });
  const conv = layers.Convolution(data, { numOutput: 1, kernelH: 3, kernelW: 5, padH: 1, padW: 0, stride: 2 });
  t.deepEqual(coordMap.convParams(conv.layer), { axis: 1, stride: [2], kernelSize: [3, 5], pad: [1, 0] });
  const dilated = layers.Convolution(data, { numOutput: 1, kernelSize: 3, dilation: 4 });
  t.deepEqual(coordMap.convParams(dilated.layer), { axis: 1, stride: [1], kernelSize: [9], pad: [0] });
  t.deepEqual(coordMap.coordMap(dilated.layer), { axis: 1, scale: [1], shift: [-4] });
  const everything = layers.Pooling(data, { globalPooling: true });
  t.throws(() => coordMap.coordMap(everything.layer), { instanceOf: UndefinedMapException, message: /kernel size/ });
  t.throws(() => coordMap.coordMap(data.layer), { instanceOf: UndefinedMapException, message: /Input/ });
  t.throws(() => coordMapFromTo('conv' as never, data), { instanceOf: TypeError, message: /a Top for topFrom/ });
});
