// Mistakes in the description of a net.
import { Net } from 'tscaffe';
import { testMistakes, type Mistake } from './mistake.js';

const data = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } } layer { name: "lines" type: "Input" top: "line" top: "empty" input_param { shape { dim: 1 dim: 1 dim: 2 } shape { dim: 1 dim: 1 dim: 0 } } }`;

/** Layers after one that gives 2 x 3 values, the first of them in line 2. */
function refused(what: string, layers: string, text: string, place: Partial<Mistake> = {}): Mistake {
  return {
    what,
    make: () => new Net({ text: `${data}\n${layers}`, file: 'net.prototxt' }, 'train'),
    text,
    file: 'net.prototxt',
    line: 2,
    layer: 'a',
    during: 'setup',
    ...place,
  };
}

function refusedInput(what: string, shape: string, text: string): Mistake {
  const layer = `layer { name: "a" type: "Input" top: "a" input_param { shape { ${shape} } } }`;
  return refused(what, layer, text);
}

function innerProduct(name: string, param: string, outputs: number): string {
  return `layer { name: "${name}" type: "InnerProduct" bottom: "data" top: "${name}" ${param} inner_product_param { num_output: ${outputs} bias_term: false } }`;
}

// They are ours: Caffe took each of them without a word.
const unusable: Partial<Mistake> = { code: 'ERR_CAFFE_LAYER' };

testMistakes([
  refused(
    'an unknown layer type',
    'layer { name: "a" type: "Nope" }',
    'Check failed: registry.count(type) == 1 (0 vs. 1) Unknown layer type: Nope (known types)',
  ),
  refused(
    'an unknown bottom',
    'layer { name: "a" type: "ReLU" bottom: "nope" top: "a" }',
    "Unknown bottom blob 'nope' (layer 'a', bottom index 0)",
    { during: undefined },
  ),
  refused(
    'a top that two layers produce',
    'layer { name: "b" type: "ReLU" bottom: "data" top: "b" }\nlayer { name: "a" type: "ReLU" bottom: "b" top: "data" }',
    "Top blob 'data' produced by multiple sources.",
    { line: 3 },
  ),
  refused(
    'one bottom too many',
    'layer { name: "a" type: "ReLU" bottom: "data" bottom: "data" top: "a" }',
    'Check failed: ExactNumBottomBlobs() == bottom.size() (1 vs. 2) ReLU Layer takes 1 bottom blob(s) as input.',
  ),
  refused(
    'too few bottoms',
    'layer { name: "a" type: "Eltwise" bottom: "data" top: "a" }',
    'Check failed: MinBottomBlobs() <= bottom.size() (2 vs. 1) Eltwise Layer takes at least 2 bottom blob(s) as input.',
  ),
  refused(
    'more bottoms than a layer takes at most',
    'layer { name: "a" type: "Scale" bottom: "data" bottom: "data" bottom: "data" top: "a" }',
    'Check failed: MaxBottomBlobs() >= bottom.size() (2 vs. 3) Scale Layer takes at most 2 bottom blob(s) as input.',
  ),
  refused(
    'one top too many',
    'layer { name: "a" type: "ReLU" bottom: "data" top: "a" top: "b" }',
    'Check failed: ExactNumTopBlobs() == top.size() (1 vs. 2) ReLU Layer produces 1 top blob(s) as output.',
  ),
  refused(
    'too few tops',
    'layer { name: "a" type: "Slice" bottom: "data" }',
    'Check failed: MinTopBlobs() <= top.size() (1 vs. 0) Slice Layer produces at least 1 top blob(s) as output.',
  ),
  refused(
    'more tops than a layer has at most',
    'layer { name: "a" type: "Accuracy" bottom: "data" bottom: "data" top: "a" top: "b" top: "c" }',
    'Check failed: MaxTopBlobs() >= top.size() (2 vs. 3) Accuracy Layer produces at most 2 top blob(s) as output.',
  ),
  refused(
    'another number of tops than of bottoms',
    'layer { name: "a" type: "Convolution" bottom: "data" bottom: "data" top: "a" convolution_param { num_output: 1 kernel_size: 1 } }',
    'Check failed: bottom.size() == top.size() (2 vs. 1) Convolution Layer produces one top blob as output for each bottom blob input.',
  ),
  refused(
    'a layer with include and exclude rules',
    'layer { name: "a" type: "ReLU" bottom: "data" top: "a" include { phase: TRAIN } exclude { phase: TEST } }',
    'Check failed: layer_param.include_size() == 0 || layer_param.exclude_size() == 0 Specify either include rules or exclude rules; not both.',
    { line: undefined, layer: undefined, during: undefined },
  ),
  refused(
    'a wrong number of loss weights',
    'layer { name: "a" type: "ReLU" bottom: "data" top: "a" loss_weight: 1 loss_weight: 2 }',
    'Check failed: top.size() == num_loss_weights (1 vs. 2) loss_weight must be unspecified or specified once per top blob.',
  ),
  refused(
    'a wrong number of propagate_down',
    'layer { name: "a" type: "ReLU" bottom: "data" top: "a" propagate_down: true propagate_down: false }',
    'Check failed: layer_param.propagate_down_size() == layer_param.bottom_size() (2 vs. 1) propagate_down param must be specified either 0 or bottom_size times ',
    { line: undefined, layer: undefined, during: undefined },
  ),
  refused(
    'a param for a layer that has none',
    'layer { name: "a" type: "ReLU" bottom: "data" top: "a" param { lr_mult: 1 } }',
    'Check failed: param_size <= num_param_blobs (1 vs. 0) Too many params specified for layer a',
  ),
  refused(
    'a shared param of another shape',
    `${innerProduct('b', 'param { name: "w" }', 2)}\n${innerProduct('a', 'param { name: "w" }', 3)}`,
    "Check failed: this_blob->shape() == owner_blob->shape() Cannot share param 'w' owned by layer 'b' with layer 'a'; shape mismatch.  Owner layer param shape is 2 3 (6); sharing layer expects shape 3 3 (9)",
    { line: 3 },
  ),
  refused(
    'a shared param with another learning rate',
    `${innerProduct('b', 'param { name: "w" lr_mult: 2 }', 2)}\n${innerProduct('a', 'param { name: "w" lr_mult: 3 }', 2)}`,
    "Check failed: param_spec->lr_mult() == params_lr_[learnable_param_id] (3 vs. 2) Shared param 'w' has mismatched lr_mult.",
    { line: 3 },
  ),
  refused(
    'an unknown filler',
    'layer { name: "a" type: "InnerProduct" bottom: "data" top: "a" inner_product_param { num_output: 2 weight_filler { type: "nope" } } }',
    'Check failed: false Unknown filler name: nope',
  ),
  refused(
    'a number of labels that does not fit',
    'layer { name: "a" type: "SoftmaxWithLoss" bottom: "data" bottom: "data" top: "a" }',
    'Check failed: outer_num_ * inner_num_ == bottom[1]->count() (2 vs. 6) Number of labels must match number of predictions; e.g., if softmax axis == 1 and prediction shape is (N, C, H, W), label count (number of labels) must be N*H*W, with integer values in {0, 1, ..., C-1}.',
  ),
  refusedInput('a negative size', 'dim: 2 dim: -1', 'Check failed: shape[i] >= 0 (-1 vs. 0) '),
  refusedInput(
    'a shape of 33 axes',
    'dim: 1 '.repeat(33),
    'Check failed: shape.dim_size() <= kMaxBlobAxes (33 vs. 32) ',
  ),
  refusedInput(
    'a shape of 2^32 elements',
    'dim: 65536 dim: 65536',
    'Check failed: shape[i] <= 0x7fffffff / count_ (65536 vs. 32767) blob size exceeds INT_MAX',
  ),
  {
    what: 'a layer that computes on no elements',
    make: () => {
      const text = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 0 dim: 3 } } }
        layer { name: "a" type: "Softmax" bottom: "data" top: "a" }`;
      return new Net({ text }, 'test').forward();
    },
    text: 'Check failed: data_ ',
    layer: 'a',
    during: 'forward',
  },
  {
    what: 'a forward pass of a net without layers',
    make: () => new Net({ text: '' }, 'test').forward(),
    text: 'Check failed: end < layers_.size() (-1 vs. 0) ',
  },
  {
    what: 'a MemoryData layer before it is given its arrays',
    make: () => {
      const text =
        'layer { name: "a" type: "MemoryData" top: "a" top: "b" memory_data_param { batch_size: 1 channels: 1 height: 1 width: 1 } }';
      return new Net({ text }, 'test').forward();
    },
    text: 'Check failed: data_ MemoryDataLayer needs to be initialized by calling Reset',
    layer: 'a',
    during: 'forward',
  },
  // NaN from all tops: 0 scaled by 1 / 0
  ...[1, -0.5, 1.5].map((ratio) =>
    refused(
      `a dropout of ${ratio}`,
      `layer { name: "a" type: "Dropout" bottom: "data" top: "a" dropout_param { dropout_ratio: ${ratio} } }`,
      `dropout_param.dropout_ratio: expected a number from 0 to below 1, but received ${ratio}`,
      unusable,
    ),
  ),
  // 2^31 blobs, before a look at the image
  refused(
    'a pyramid with more levels than an image can have',
    'layer { name: "a" type: "SPP" bottom: "data" top: "a" spp_param { pyramid_height: 2147483647 } }',
    'spp_param.pyramid_height: expected at most 31 levels, but received 2147483647',
    unusable,
  ),
  // A call without end, until the stack was full
  refused(
    'a uniform filler without a lower bound',
    'layer { name: "a" type: "InnerProduct" bottom: "data" top: "a" inner_product_param { num_output: 2 weight_filler { type: "uniform" min: -inf } } }',
    'inner_product_param.weight_filler.min: expected a finite number, but received -inf',
    unusable,
  ),
  refused(
    'a uniform filler in a list, of the largest float alone',
    'layer { name: "a" type: "DummyData" top: "a" top: "b" dummy_data_param { shape { dim: 1 } data_filler { type: "constant" } data_filler { type: "uniform" min: 3.4028235e38 max: 3.4028235e38 } } }',
    'dummy_data_param.data_filler[1].min: expected a finite number, but received 3.40282e+38',
    unusable,
  ),
  // In n dimensions Caffe took at least one place for the kernel, and read before and behind the memory.
  ...(['Convolution', 'Deconvolution', 'Im2col'] as const).map((type) =>
    refused(
      `a kernel that fits nowhere in a ${type} over one axis`,
      `layer { name: "a" type: "${type}" bottom: "${type === 'Deconvolution' ? 'empty' : 'line'}" top: "a" convolution_param { num_output: 1 kernel_size: 3 bias_term: false } }
`,
      type === 'Deconvolution'
        ? 'the kernel fits nowhere: bottom[0] is 1 1 0 (0), which would make top[0] 1 1 2 (2)'
        : 'the kernel fits nowhere: bottom[0] is 1 1 2 (2), which would make top[0] 1 ' +
            (type === 'Im2col' ? '3 0 (0)' : '1 0 (0)'),
      unusable,
    ),
  ),
  refused(
    'a reshape of two thousand million axes',
    'layer { name: "a" type: "Reshape" bottom: "data" top: "a" reshape_param { axis: 1 num_axes: 2147483647 } }',
    'a size is beyond all memory: cannot create std::vector larger than max_size()',
    { code: 'ERR_CAFFE_MEMORY' },
  ),
  ...[
    ['Pooling', 'pooling_param', 'stride', 'kernel_size: 1'],
    ['Convolution', 'convolution_param', 'dilation', 'num_output: 1 kernel_size: 1'],
  ].map(([type, param, field, more]) =>
    refused(
      `a ${field} of 0 of a ${type}`,
      `layer { name: "a" type: "${type}" bottom: "data" top: "a" ${param} { ${field}: 0 ${more} } }`,
      `${param}.${field}: expected at least 1, but received 0`,
      unusable,
    ),
  ),
]);
