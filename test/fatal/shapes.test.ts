// Blobs that are reshaped where Caffe believes that they are as they were. Each of these read or wrote outside of its
// memory.
import test from 'ava';
import { Blob, createLayer, Net, Solver } from 'tscaffe';
import { assertGoodTraining } from './good-net.js';
import { testMistakes, type Mistake } from './mistake.js';

const input = (name: string, ...shape: number[]): string =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${shape.map((n) => `dim: ${n}`).join(' ')} } } }\n`;
const one = input('x', 2, 3, 4, 4);
/** A blob that wants its gradient without being asked. */
const learnt = input('x0', 2, 3, 4, 4) + 'layer { name: "scale" type: "Scale" bottom: "x0" top: "x" }\n';
const labelled = input('x', 2, 3) + input('label', 2);
const layer = (type: string, rest = ''): string => `layer { name: "a" type: "${type}" bottom: "x" top: "a" ${rest} }`;
const learnable = 'weight_filler { type: "constant" value: 1 }';

/** Nets of a layer "a" with a bottom "x" and a top "a", which has a backward. */
const nets: Record<string, string> = {
  AbsVal: one + layer('AbsVal'),
  BatchNorm: one + layer('BatchNorm'),
  BatchReindex: learnt + input('i', 2) + layer('BatchReindex', 'bottom: "i" loss_weight: 1'),
  Bias: one + layer('Bias'),
  BNLL: one + layer('BNLL'),
  Clip: one + layer('Clip', 'clip_param { min: 0 max: 1 }'),
  Concat: one + input('y', 2, 3, 4, 4) + layer('Concat', 'bottom: "y"'),
  ContrastiveLoss:
    input('x', 2, 3) + input('y', 2, 3) + input('label', 2) + layer('ContrastiveLoss', 'bottom: "y" bottom: "label"'),
  Convolution: one + layer('Convolution', `convolution_param { num_output: 2 kernel_size: 3 ${learnable} }`),
  Crop: one + input('y', 2, 3, 2, 2) + layer('Crop', 'bottom: "y"'),
  Deconvolution: one + layer('Deconvolution', `convolution_param { num_output: 2 kernel_size: 3 ${learnable} }`),
  Dropout: one + layer('Dropout'),
  Eltwise: one + input('y', 2, 3, 4, 4) + layer('Eltwise', 'bottom: "y"'),
  ELU: one + layer('ELU'),
  Embed: input('x', 2) + layer('Embed', `loss_weight: 1 embed_param { input_dim: 4 num_output: 3 ${learnable} }`),
  EuclideanLoss: input('x', 2, 3) + input('y', 2, 3) + layer('EuclideanLoss', 'bottom: "y"'),
  Exp: one + layer('Exp'),
  Filter: learnt + input('s', 2) + layer('Filter', 'bottom: "s" loss_weight: 1'),
  Flatten: one + layer('Flatten'),
  HingeLoss: labelled + layer('HingeLoss', 'bottom: "label"'),
  Im2col: one + layer('Im2col', 'convolution_param { kernel_size: 3 }'),
  InnerProduct: one + layer('InnerProduct', `inner_product_param { num_output: 2 ${learnable} }`),
  Log: one + layer('Log'),
  LRN: one + layer('LRN'),
  'LRN within channels': one + layer('LRN', 'lrn_param { local_size: 3 norm_region: WITHIN_CHANNEL }'),
  LSTM:
    input('x', 2, 3, 4) +
    input('cont', 2, 3) +
    layer('LSTM', `bottom: "cont" recurrent_param { num_output: 2 ${learnable} }`),
  MultinomialLogisticLoss: labelled + layer('MultinomialLogisticLoss', 'bottom: "label"'),
  MVN: one + layer('MVN'),
  'MAX pooling': one + layer('Pooling', 'pooling_param { kernel_size: 2 }'),
  'AVE pooling': one + layer('Pooling', 'pooling_param { kernel_size: 2 pool: AVE }'),
  Power: one + layer('Power', 'power_param { power: 2 }'),
  PReLU: one + layer('PReLU'),
  Reduction: one + layer('Reduction'),
  ReLU: one + layer('ReLU'),
  Reshape: one + layer('Reshape', 'reshape_param { shape { dim: 2 dim: -1 } }'),
  RNN:
    input('x', 2, 3, 4) +
    input('cont', 2, 3) +
    layer('RNN', `bottom: "cont" recurrent_param { num_output: 2 ${learnable} }`),
  Scale: one + layer('Scale'),
  Sigmoid: one + layer('Sigmoid'),
  SigmoidCrossEntropyLoss: input('x', 2, 3) + input('y', 2, 3) + layer('SigmoidCrossEntropyLoss', 'bottom: "y"'),
  Slice: one + layer('Slice', 'slice_param { axis: 1 slice_point: 1 } top: "b"'),
  Softmax: one + layer('Softmax'),
  SoftmaxWithLoss: labelled + layer('SoftmaxWithLoss', 'bottom: "label"'),
  SPP: one + layer('SPP', 'spp_param { pyramid_height: 2 }'),
  Swish: one + layer('Swish'),
  TanH: one + layer('TanH'),
  Tile: one + layer('Tile', 'tile_param { tiles: 2 }'),
};

// These check themselves that nobody wants the gradient of what they take for indices; so they are losses.
const cannotBeForced = ['BatchReindex', 'Embed', 'Filter'];
const withBackward = (type: string): string =>
  (cannotBeForced.includes(type) ? '' : 'force_backward: true ') + nets[type];

for (const type of Object.keys(nets)) {
  test(`${type} refuses a backward on shapes that are not those of its last forward`, (t) => {
    for (const name of ['x', 'a']) {
      using net = new Net({ text: withBackward(type) }, 'train');
      if (type === 'Filter') net.blobs['s'].data.fill(1);
      const blob = net.blobs[name];
      const shape = [...blob.shape];
      net.forward();
      net.backward();
      blob.reshape(...(shape.length === 0 ? [4000, 1000] : [shape[0] * 1000, ...shape.slice(1)]));
      const error = t.throws(() => net.backward(), { code: 'ERR_CAFFE_LAYER' }, name);
      t.like(error, { layer: 'a', during: 'backward' });
      t.true(
        error?.message.includes(`${name} has the shape (${blob.shape.join(', ')}), but had (${shape.join(', ')})`),
      );
      // It is right again at once where the shape is; after a forward with the new one too, which has its own checks.
      blob.reshape(...shape);
      net.backward();
    }
  });
}

test('a bottom that later layers share by a split is looked at too', (t) => {
  const text = `force_backward: true ${one} layer { name: "a" type: "ReLU" bottom: "x" top: "a" }
    layer { name: "b" type: "ReLU" bottom: "x" top: "b" }`;
  using net = new Net({ text }, 'train');
  net.forward();
  net.blobs['x'].reshape(4000, 4000);
  t.throws(() => net.backward(), {
    code: 'ERR_CAFFE_LAYER',
    message: /x has the shape \(4000, 4000\), but had \(2, 3, 4, 4\)/,
  });
});

testMistakes([
  {
    what: 'a backward before any forward',
    make: () => {
      using net = new Net({ text: withBackward('Filter') }, 'train');
      net.backward();
    },
    code: 'ERR_CAFFE_LAYER',
    text: 'call forward first: the layer has had none since it was set up or reshaped, or the last one failed',
    layer: 'a',
    during: 'backward',
  },
  {
    what: 'a backward after a forward that failed',
    make: () => {
      using net = new Net({ text: withBackward('SoftmaxWithLoss') }, 'train');
      net.forward();
      net.blobs['label'].data.fill(100_000);
      try {
        net.forward();
      } catch {
        net.backward();
      }
    },
    code: 'ERR_CAFFE_LAYER',
    text: 'call forward first: the layer has had none since it was set up or reshaped, or the last one failed',
    layer: 'a',
    during: 'backward',
  },
  {
    // Dropout's own memory got another size with its reshape.
    what: 'a backward after a reshape of the layer',
    make: () => {
      using net = new Net({ text: withBackward('Dropout') }, 'train');
      net.forward();
      net.blobs['x'].reshape(1, 1, 1, 1);
      net.layerDict['a'].reshape();
      net.blobs['x'].reshape(2, 3, 4, 4);
      net.blobs['a'].reshape(2, 3, 4, 4);
      net.backward();
    },
    code: 'ERR_CAFFE_LAYER',
    text: 'call forward first: the layer has had none since it was set up or reshaped, or the last one failed',
    layer: 'a',
    during: 'backward',
  },
  {
    what: 'a learnable blob that was reshaped before a forward',
    make: () => {
      using net = new Net({ text: nets['InnerProduct'] }, 'train');
      net.params['a'][1].reshape(1);
      net.forward();
    },
    code: 'ERR_CAFFE_LAYER',
    text: "params.a[1] has been reshaped to (1), but was set up with 2 values; give it its shape back, or call the layer's setup",
    layer: 'a',
    during: 'forward',
  },
  {
    what: 'a learnable blob that was reshaped before a backward',
    make: () => {
      using net = new Net({ text: withBackward('Scale') }, 'train');
      net.forward();
      net.params['a'][0].reshape(1);
      net.backward();
    },
    code: 'ERR_CAFFE_LAYER',
    text: "params.a[0] has the shape (1), but had (3) in the layer's last forward; call forward again before backward",
    layer: 'a',
    during: 'backward',
  },
  {
    what: 'fewer labels than pairs',
    make: () => {
      using net = new Net({ text: nets['ContrastiveLoss'] }, 'train');
      net.blobs['label'].reshape(1);
      net.forward();
    },
    code: 'ERR_CAFFE_LAYER',
    text: 'bottom[2] has 1 labels for 2 pairs; expected one for each',
    layer: 'a',
    during: 'forward',
  },
  ...(['PReLU', 'BatchNorm', 'Scale', 'Bias'] as const).map((type): Mistake => ({
    what: `a forward of ${type} with more channels than it has learnt`,
    make: () => {
      using net = new Net({ text: nets[type] }, 'train');
      net.blobs['x'].reshape(2, 3000, 4, 4);
      net.forward();
    },
    text: {
      PReLU:
        'Check failed: this->blobs_[0]->count() == channels (3 vs. 3000) Negative slope size is inconsistent with prototxt config',
      BatchNorm: 'Check failed: bottom[0]->shape(1) == channels_ (3000 vs. 3) ',
      Scale:
        'Check failed: bottom[0]->shape(axis_ + i) == scale->shape(i) (3000 vs. 3) dimension mismatch between bottom[0]->shape(1) and scale->shape(0)',
      Bias: 'Check failed: bottom[0]->shape(axis + i) == bias->shape(i) (3000 vs. 3) dimension mismatch between bottom[0]->shape(1) and bias->shape(0)',
    }[type],
    layer: 'a',
    during: 'forward',
  })),
]);

for (const type of ['Bias', 'Scale'] as const) {
  test(`${type} refuses a bottom that has become empty`, (t) => {
    using net = new Net({ text: nets[type] }, 'train');
    net.forward();
    net.blobs['x'].reshape(2, 3, 4, 0);
    t.throws(() => net.forward(), {
      code: 'ERR_CAFFE_LAYER',
      message: `net.layer[1] "a" forward: bottom[0] has no values (2 3 4 0 (0)), which ${type} cannot take`,
    });
    net.blobs['x'].reshape(2, 3, 4, 4);
    net.forward();
  });
}

/** A learnable blob in a prototxt, full of twos. */
const given = (...shape: number[]): string => {
  const count = shape.reduce((a, b) => a * b);
  return `blobs { shape { ${shape.map((n) => `dim: ${n}`).join(' ')} } ${'data: 2 '.repeat(count)}}`;
};
const twoOutputs = 'inner_product_param { num_output: 2 bias_term: false weight_filler { type: "constant" value: 1 } }';
const words = `embed_param { input_dim: 4 num_output: 3 ${learnable} }`;

for (const [what, text] of Object.entries({
  InnerProduct: one + layer('InnerProduct', twoOutputs),
  'InnerProduct with transposed weights':
    one + layer('InnerProduct', twoOutputs.replace('bias', 'transpose: true bias')),
  BatchNorm: one + layer('BatchNorm'),
})) {
  test(`${what} is not set up again for a bottom that its learnable blobs do not fit, and goes on as it was`, (t) => {
    using net = new Net({ text }, 'train');
    net.blobs['x'].data.forEach((_, i, data) => (data[i] = i % 5));
    const before = [...net.forward()['a']];
    net.blobs['x'].reshape(2, 300_000, 4, 4);
    t.throws(
      () => {
        net.layerDict['a'].setup();
      },
      {
        code: 'ERR_CAFFE_LAYER',
        message: /"a" setup: learnable blob 0 of the layer has the shape .*, but for this bottom/,
      },
    );
    t.throws(() => net.forward(), { code: 'ERR_CAFFE_CHECK' });
    net.blobs['x'].reshape(2, 3, 4, 4);
    net.blobs['x'].data.forEach((_, i, data) => (data[i] = i % 5));
    t.deepEqual([...net.forward()['a']], before);
    assertGoodTraining(t);
  });
}

for (const [type, text] of Object.entries({
  InnerProduct: one + layer('InnerProduct', twoOutputs),
  Embed: input('x', 2) + layer('Embed', words),
  BatchNorm: one + layer('BatchNorm'),
})) {
  test(`${type} is not set up again with a learnable blob of another size`, (t) => {
    using net = new Net({ text }, 'train');
    const [blob] = net.params['a'];
    const shape = [...blob.shape];
    blob.reshape(1);
    t.throws(
      () => {
        net.layerDict['a'].setup();
      },
      {
        code: 'ERR_CAFFE_LAYER',
        message: /learnable blob 0 of the layer has the shape 1 \(1\), but .* it needs \d+ values/,
      },
    );
    blob.reshape(...shape);
    net.layerDict['a'].setup();
    net.forward();
    assertGoodTraining(t);
  });
}

testMistakes(
  [
    {
      what: 'InnerProduct whose prototxt has smaller weights',
      text: one + layer('InnerProduct', `inner_product_param { num_output: 2 } ${given(2, 3)} ${given(2)}`),
      wrong:
        'learnable blob 0 of the layer has the shape 2 3 (6), but for this bottom and these parameters it needs 96 values',
    },
    {
      what: 'InnerProduct whose prototxt has weights without the bias',
      text: one + layer('InnerProduct', `inner_product_param { num_output: 2 } ${given(2, 48)}`),
      wrong: 'the layer has been given 1 learnable blobs, but needs 2',
    },
    {
      what: 'Embed whose prototxt has a smaller bias',
      text: input('x', 2) + layer('Embed', `${words} ${given(4, 3)} ${given(2)}`),
      wrong:
        'learnable blob 1 of the layer has the shape 2 (2), but for this bottom and these parameters it needs 3 values',
    },
    {
      what: 'BatchNorm whose prototxt has statistics of fewer channels',
      text: one + layer('BatchNorm', `${given(2)} ${given(2)} ${given(1)}`),
      wrong:
        'learnable blob 0 of the layer has the shape 2 (2), but for this bottom and these parameters it needs 3 values',
    },
    {
      what: 'BatchNorm whose prototxt has no factor',
      text: one + layer('BatchNorm', `${given(3)} ${given(3)}`),
      wrong: 'the layer has been given 2 learnable blobs, but needs 3',
    },
  ].map(({ what, text, wrong }): Mistake => ({
    what,
    make: () => new Net({ text, file: 'net.prototxt' }, 'train'),
    file: 'net.prototxt',
    code: 'ERR_CAFFE_LAYER',
    text: wrong,
    line: text.slice(0, text.indexOf('name: "a"')).split('\n').length,
    layer: 'a',
    during: 'setup',
  })),
);

test('learnable blobs in the prototxt that fit are computed with', (t) => {
  const text =
    input('x', 2, 3) + layer('InnerProduct', `inner_product_param { num_output: 1 } ${given(1, 3)} ${given(1)}`);
  using net = new Net({ text }, 'test');
  // Of each item, 1 x 2 + 1 x 2 + 1 x 2 and the bias.
  t.deepEqual([...net.forward({ x: [1, 1, 1, 0, 0, 0] })['a']], [8, 2]);
});

test('a solver refuses a learnable blob that was reshaped between steps, and goes on with its old shape', (t) => {
  using solver = new Solver({
    text: `base_lr: 0.1 lr_policy: "fixed" momentum: 0.9 net_param {
      layer { name: "data" type: "DummyData" top: "x" top: "y" dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 4 } } }
      layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 4 ${learnable} } }
      layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "y" top: "loss" } }`,
  });
  solver.step(1);
  const weights = solver.net.params['ip'][0];
  weights.reshape(2, 1e6);
  t.throws(
    () => {
      solver.step(1);
    },
    {
      code: 'ERR_CAFFE_LAYER',
      message: /params\.ip\[0\] has been reshaped to \(2, 1000000\)/,
    },
  );
  weights.reshape(4, 3);
  solver.step(1);
  t.is(solver.iter, 2);
  assertGoodTraining(t);
});

test('PReLU has the right gradient after its image has grown', (t) => {
  const bottom = new Blob(1, 2, 1, 1);
  const top = new Blob();
  using layer = createLayer({ type: 'PReLU', preluParam: { filler: { value: 0.5 } } });
  layer.setup([bottom], [top]);
  bottom.reshape(1, 2, 50, 100);
  bottom.data.fill(-2);
  layer.forward([bottom], [top]);
  t.is(top.data[9999], -1);
  top.diff.fill(1);
  layer.backward([top], [true], [bottom]);
  // Of a slope, the sum over its channel of top diff x bottom: 5000 x 1 x -2. Of the bottom: the slope.
  t.deepEqual([...layer.blobs[0].diff], [-10_000, -10_000]);
  t.deepEqual(new Set(bottom.diff), new Set([0.5]));
});

test('ContrastiveLoss computes with a batch that has grown', (t) => {
  using net = new Net({ text: withBackward('ContrastiveLoss') }, 'train');
  net.forward();
  for (const name of ['x', 'y']) net.blobs[name].reshape(5000, 3);
  net.blobs['label'].reshape(5000);
  net.blobs['label'].data.fill(1);
  net.blobs['x'].data.fill(3);
  net.blobs['y'].data.fill(1);
  // Of each pair of the same kind, the squared distance, 3 x 2²; of all, the mean, halved.
  t.is(net.forward()['a'][0], 6);
  net.backward();
  // (x - y) / 5000
  t.deepEqual(new Set(net.blobs['x'].diff), new Set([Math.fround(2 / 5000)]));
});

test('ArgMax refuses a top_k that is larger than what a reshape has left', (t) => {
  const text = input('x', 2, 5) + layer('ArgMax', 'argmax_param { top_k: 4 }');
  using net = new Net({ text }, 'test');
  net.forward();
  net.blobs['x'].reshape(2, 3);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_CHECK', message: /top_k/ });
});

test('an ignore_label beyond 2^24 ignores no other label that is the same float', (t) => {
  const text = labelled + layer('SoftmaxWithLoss', 'bottom: "label" loss_param { ignore_label: 16777217 }');
  using net = new Net({ text }, 'train');
  net.blobs['label'].data.fill(16_777_216);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_LABEL' });
});

for (const [type, wrong] of [
  ['SoftmaxWithLoss', 3],
  ['MultinomialLogisticLoss', 3],
  ['HingeLoss', -1],
  ['BatchReindex', 2],
  ['Embed', 4],
] as const) {
  test(`${type} refuses values that have become wrong between forward and backward`, (t) => {
    using net = new Net({ text: withBackward(type) }, 'train');
    const name = { BatchReindex: 'i', Embed: 'x' }[type as string] ?? 'label';
    net.forward();
    net.blobs[name].data[1] = wrong;
    const error = t.throws(() => net.backward(), { code: 'ERR_CAFFE_LABEL' });
    t.like(error, { layer: 'a', during: 'backward', blob: name, element: 1 });
    net.blobs[name].data[1] = 1;
    net.backward();
  });
}

test('checkLabels: false lets through fractions, and no value that is out of range', (t) => {
  using net = new Net({ text: withBackward('SoftmaxWithLoss') }, 'train');
  net.checkLabels = false;
  net.blobs['label'].data[1] = 2.9;
  net.forward();
  net.backward();
  for (const wrong of [3, -1, 1e9, NaN]) {
    net.blobs['label'].data[1] = wrong;
    t.throws(() => net.forward(), { code: 'ERR_CAFFE_LABEL' });
  }
});

for (const type of [
  'Concat',
  'Tile',
  'Slice',
  'Reduction',
  'Im2col',
  'Embed',
  'Convolution',
  'InnerProduct',
  'Pooling',
  'Eltwise',
  'LRN',
]) {
  const text = (nets[type] ?? nets['MAX pooling']).replace('top: "a"', 'top: "x"');
  testMistakes([
    {
      what: `${type} in place`,
      make: () => new Net({ text, file: 'net.prototxt' }, 'train'),
      code: 'ERR_CAFFE_LAYER',
      text: `top[0] has the name of bottom[0], "x", but ${type} cannot compute in place: give the top a name of its own`,
      file: 'net.prototxt',
      line: text.slice(0, text.indexOf('name: "a"')).split('\n').length,
      layer: 'a',
      during: 'setup',
    },
  ]);
}

test('a layer outside of nets may not have its bottom as its top either', (t) => {
  const blobs = [new Blob(2, 3), new Blob(2, 3)];
  using layer = createLayer({ type: 'Concat' });
  t.throws(
    () => {
      layer.setup(blobs, [blobs[1]]);
    },
    {
      code: 'ERR_CAFFE_LAYER',
      message: /top\[0\] is bottom\[1\], but Concat cannot compute in place/,
    },
  );
});

for (const type of ['ReLU', 'Dropout', 'BatchNorm', 'Scale', 'Bias', 'Softmax', 'MVN', 'PReLU', 'Power', 'Sigmoid']) {
  test(`${type} computes in place what it computes elsewhere`, (t) => {
    const values = Float32Array.from({ length: 96 }, (_, i) => ((i * 37) % 19) - 9);
    const tops = [nets[type], nets[type].replace('top: "a"', 'top: "x"')].map((text) => {
      using net = new Net({ text }, 'test');
      net.blobs['x'].data.set(values);
      return [...Object.values(net.forward())[0]];
    });
    t.deepEqual(tops[0], tops[1]);
  });
}
