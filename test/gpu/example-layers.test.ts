import { checkGradient, setMode, type GradientCheckOptions, type LayerDescription } from 'tscaffe';
import { FocalLoss } from '../../examples/layers/gpu/focal-loss.js';
import { FusedSoftmaxLoss } from '../../examples/layers/gpu/fused-softmax-loss.js';
import { label2one_hot } from '../../examples/mnist/gpu/one_hot.js';
import { EuclideanLossLayer } from '../../examples/mnist/gpu/pyloss.js';
import { EuclideanLossLayer as EuclideanKernels } from '../../examples/mnist/gpu/pyloss_kernels.js';
import { alike, blobOf, once, scattered } from '../unit/example-layers/once.js';
import { hasDevice, onGpu } from './gpu.js';

if (hasDevice) setMode('gpu');

const labels = (...data: number[]) => ({ shape: [data.length], data });
const pair = {
  bottoms: [
    [4, 3],
    [4, 3],
  ],
};
const layers: [title: string, LayerDescription, GradientCheckOptions][] = [
  ['EuclideanLossLayer by device math', { type: EuclideanLossLayer }, pair],
  ['EuclideanLossLayer by kernels', { type: EuclideanKernels }, pair],
  ['label2one_hot', { type: label2one_hot }, { bottoms: [labels(0, 2, 1), [3, 4]], check: { bottoms: [1] } }],
  ['FocalLoss', { type: FocalLoss }, { bottoms: [[5, 4], labels(0, 3, 1, 1, 2)] }],
  [
    'FocalLoss over places',
    { type: FocalLoss, pythonParam: { paramStr: 'gamma: 0.5, alpha: 3' } },
    { bottoms: [[2, 3, 2, 1], { shape: [2, 2, 1], data: [0, 1, 2, 0] }] },
  ],
  ['FusedSoftmaxLoss', { type: FusedSoftmaxLoss }, { bottoms: [[5, 4], labels(0, 3, 1, 1, 2)] }],
];
for (const [title, layer, options] of layers) {
  onGpu(`${title} passes the gradient check on the GPU`, (t) => {
    t.notThrows(() => checkGradient(layer, options));
  });
}

for (const [title, type, stock, bottoms] of [
  [
    'EuclideanLossLayer',
    EuclideanLossLayer,
    'EuclideanLoss',
    () => [blobOf([4, 5], scattered(20)), blobOf([4, 5], scattered(23).slice(3))],
  ],
  [
    'EuclideanLossLayer by kernels',
    EuclideanKernels,
    'EuclideanLoss',
    () => [blobOf([4, 300], scattered(1200)), blobOf([4, 300], scattered(1203).slice(3))],
  ],
  [
    'FusedSoftmaxLoss',
    FusedSoftmaxLoss,
    'SoftmaxWithLoss',
    () => [blobOf([3, 1000], scattered(3000)), blobOf([3], [999, 0, 17])],
  ],
] as const) {
  onGpu(`${title} on the GPU gives what Caffe's ${stock} gives`, (t) => {
    const ours = once({ type }, bottoms(), { topDiff: 0.7 });
    const theirs = once({ type: stock }, bottoms(), { topDiff: 0.7 });
    t.true(alike(ours.top, theirs.top, 1e-5), `${String(ours.top)}, Caffe's ${String(theirs.top)}`);
    t.true(alike(ours.bottomDiff[0], theirs.bottomDiff[0], 1e-5));
  });
}

onGpu('a label that is no class becomes NaN on the GPU, which no loss hides', (t) => {
  for (const type of [FocalLoss, FusedSoftmaxLoss]) {
    const { top } = once({ type }, [blobOf([2, 2], [0, 1, 2, 3]), blobOf([2], [0, 2])]);
    t.true(Number.isNaN(top[0]), type.name);
  }
  const { top } = once({ type: label2one_hot }, [blobOf([2], [1, 0.5]), blobOf([2, 2], [0, 0, 0, 0])]);
  t.deepEqual(top, [0, 1, NaN, NaN]);
});
