import test from 'ava';
import { checkGradient, type GradientCheckOptions, type LayerDescription } from 'tscaffe';

/** As far as a value may be from 0, and no further: functions have corners there. */
const awayFrom0 = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : -1) * (0.3 + 0.17 * ((i * 7) % 11)));
const positive = (shape: number[]): GradientCheckOptions['bottoms'][number] => ({
  shape,
  filler: { type: 'uniform', min: 0.5, max: 2 },
});
const distinct = (shape: number[]): GradientCheckOptions['bottoms'][number] => {
  const count = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Array.from({ length: count }, (_, i) => ((i * 37) % count) * 0.1 - 1) };
};
const labels = (...data: number[]): GradientCheckOptions['bottoms'][number] => ({ shape: [data.length], data });
const gaussian = { type: 'gaussian', std: 0.5 } as const;

/** Caffe's own layers: what the checker must find no fault with. */
const layers: [LayerDescription, GradientCheckOptions][] = [
  [
    { type: 'Convolution', convolutionParam: { numOutput: 3, kernelSize: 3, pad: 1, stride: 2 } },
    { bottoms: [[2, 2, 4, 4]], params: [gaussian, gaussian] },
  ],
  [
    { type: 'Deconvolution', convolutionParam: { numOutput: 2, kernelSize: 2, stride: 2 } },
    { bottoms: [[1, 3, 3, 2]], params: [gaussian, gaussian] },
  ],
  [
    { type: 'InnerProduct', innerProductParam: { numOutput: 4 } },
    { bottoms: [[3, 5]], params: [gaussian, gaussian] },
  ],
  [
    { type: 'Embed', embedParam: { numOutput: 3, inputDim: 5 } },
    { bottoms: [labels(0, 3, 3, 1)], params: [gaussian, gaussian], check: { bottoms: [] } },
  ],
  [{ type: 'Bias' }, { bottoms: [[2, 3], [3]] }],
  [
    { type: 'Scale', scaleParam: { biasTerm: true } },
    { bottoms: [[3, 4]], params: [gaussian, gaussian], allowUnasked: true },
  ],
  [{ type: 'PReLU' }, { bottoms: [{ shape: [2, 3, 2], data: awayFrom0(12) }] }],
  [
    { type: 'ReLU', reluParam: { negativeSlope: 0.1 } },
    { bottoms: [[4, 5]], kink: 0, kinkRange: 0.01 },
  ],
  [{ type: 'ELU' }, { bottoms: [[4, 5]], kinkRange: 0.01 }],
  [{ type: 'AbsVal' }, { bottoms: [[4, 5]], kinkRange: 0.01 }],
  [
    { type: 'Clip', clipParam: { min: -1, max: 1 } },
    { bottoms: [[4, 5]], kink: 1, kinkRange: 0.01 },
  ],
  [{ type: 'Sigmoid' }, { bottoms: [[4, 5]] }],
  [{ type: 'TanH' }, { bottoms: [[4, 5]] }],
  [{ type: 'Swish', swishParam: { beta: 1.5 } }, { bottoms: [[4, 5]] }],
  [{ type: 'BNLL' }, { bottoms: [[4, 5]] }],
  [{ type: 'Power', powerParam: { power: 2, scale: 0.5, shift: 1 } }, { bottoms: [[4, 5]] }],
  [{ type: 'Exp', expParam: { base: 2 } }, { bottoms: [[4, 5]] }],
  [{ type: 'Log' }, { bottoms: [positive([4, 5])] }],
  [{ type: 'Dropout', dropoutParam: { dropoutRatio: 0.5 } }, { bottoms: [[4, 5]] }],
  [{ type: 'Softmax' }, { bottoms: [[3, 4]] }],
  [{ type: 'LRN' }, { bottoms: [[1, 6, 2, 2]] }],
  [{ type: 'LRN', lrnParam: { normRegion: 'WITHIN_CHANNEL', localSize: 3 } }, { bottoms: [[1, 2, 3, 3]] }],
  [{ type: 'MVN' }, { bottoms: [[2, 2, 3, 3]] }],
  [{ type: 'BatchNorm' }, { bottoms: [[4, 2, 2, 2]], allowUnasked: true }],
  [{ type: 'Pooling', poolingParam: { pool: 'MAX', kernelSize: 2, stride: 1 } }, { bottoms: [distinct([1, 2, 3, 4])] }],
  [{ type: 'Pooling', poolingParam: { pool: 'AVE', kernelSize: 3, stride: 2, pad: 1 } }, { bottoms: [[1, 2, 5, 4]] }],
  [{ type: 'SPP', sppParam: { pyramidHeight: 2, pool: 'MAX' } }, { bottoms: [distinct([1, 2, 4, 4])] }],
  [{ type: 'Im2col', convolutionParam: { kernelSize: 2, stride: 1 } }, { bottoms: [[1, 2, 3, 3]] }],
  [
    { type: 'Eltwise', eltwiseParam: { operation: 'PROD' } },
    {
      bottoms: [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
    },
  ],
  [
    { type: 'Eltwise', eltwiseParam: { operation: 'SUM', coeff: [1, -0.5] } },
    {
      bottoms: [
        [2, 3],
        [2, 3],
      ],
    },
  ],
  [
    { type: 'Eltwise', eltwiseParam: { operation: 'MAX' } },
    { bottoms: [distinct([2, 3]), { shape: [2, 3], data: [3, -3, 3, -3, 3, -3] }] },
  ],
  [
    { type: 'Concat' },
    {
      bottoms: [
        [2, 1, 3],
        [2, 2, 3],
      ],
    },
  ],
  [
    { type: 'Slice', sliceParam: { slicePoint: [1] } },
    { bottoms: [[2, 3, 2]], tops: 2 },
  ],
  [{ type: 'Split' }, { bottoms: [[2, 3]], tops: 3 }],
  [{ type: 'Flatten' }, { bottoms: [[2, 3, 2]] }],
  [{ type: 'Reshape', reshapeParam: { shape: { dim: [3, -1] } } }, { bottoms: [[2, 3, 2]] }],
  [{ type: 'Tile', tileParam: { tiles: 3 } }, { bottoms: [[2, 2, 2]] }],
  [
    { type: 'Crop', cropParam: { axis: 2, offset: [1] } },
    {
      bottoms: [
        [1, 2, 4, 4],
        [1, 2, 2, 3],
      ],
      check: { bottoms: [0] },
    },
  ],
  [{ type: 'Reduction', reductionParam: { operation: 'SUMSQ', axis: 1 } }, { bottoms: [[2, 5]] }],
  [{ type: 'Reduction', reductionParam: { operation: 'MEAN' } }, { bottoms: [[2, 5]] }],
  [{ type: 'BatchReindex' }, { bottoms: [[3, 2], labels(2, 0, 0, 1)], check: { bottoms: [0] } }],
  [{ type: 'Filter' }, { bottoms: [[4, 2], labels(1, 0, 1, 1)], check: { bottoms: [0] } }],
  [{ type: 'SoftmaxWithLoss' }, { bottoms: [[4, 5], labels(0, 4, 2, 2)] }],
  [
    { type: 'EuclideanLoss' },
    {
      bottoms: [
        [4, 3],
        [4, 3],
      ],
    },
  ],
  [{ type: 'SigmoidCrossEntropyLoss' }, { bottoms: [[4, 3], { shape: [4, 3], filler: { type: 'uniform' } }] }],
  [{ type: 'HingeLoss', hingeLossParam: { norm: 'L2' } }, { bottoms: [[4, 5], labels(0, 4, 2, 2)] }],
  [{ type: 'MultinomialLogisticLoss' }, { bottoms: [positive([4, 5]), labels(0, 4, 2, 2)] }],
  [
    { type: 'InfogainLoss' },
    {
      bottoms: [[2, 3], labels(0, 2), { shape: [1, 1, 3, 3], filler: { type: 'uniform', min: 0.1, max: 1 } }],
      check: { bottoms: [0] },
    },
  ],
  [{ type: 'ContrastiveLoss', contrastiveLossParam: { margin: 2 } }, { bottoms: [[4, 2], [4, 2], labels(1, 0, 1, 0)] }],
  [
    { type: 'LSTM', recurrentParam: { numOutput: 2, weightFiller: gaussian, biasFiller: gaussian } },
    { bottoms: [[3, 2, 2], { shape: [3, 2], data: [0, 0, 1, 0, 1, 1] }], allowUnasked: true },
  ],
  [
    { type: 'RNN', recurrentParam: { numOutput: 2, weightFiller: gaussian, biasFiller: gaussian } },
    { bottoms: [[3, 2, 2], { shape: [3, 2], data: [0, 0, 1, 0, 1, 1] }], allowUnasked: true },
  ],
];

for (const [layer, options] of layers) {
  const { type, ...parameters } = layer;
  const title = `${String(type)} ${Object.keys(parameters).length > 0 ? JSON.stringify(parameters) : ''}`.trim();
  test(`checkGradient finds no fault with Caffe's own ${title}`, (t) => {
    const { comparisons } = checkGradient(layer, options);
    t.true(comparisons > 0);
  });
}
