import test from 'ava';
import { checkGradient, type GradientCheckOptions, type LayerDescription } from 'tscaffe';
import { ContrastiveCenterLoss } from '../../examples/layers/contrastive-center-loss.js';
import { DiceLoss } from '../../examples/layers/dice-loss.js';
import { FocalLoss } from '../../examples/layers/focal-loss.js';
import { FusedSoftmaxLoss } from '../../examples/layers/fused-softmax-loss.js';
import { LabelSmoothingLoss } from '../../examples/layers/label-smoothing-loss.js';
import { LearnableScale } from '../../examples/layers/learnable-scale.js';
import { RoiCrop } from '../../examples/layers/roi-crop.js';
import { SmoothL1Loss } from '../../examples/layers/smooth-l1-loss.js';
import { TripletLoss } from '../../examples/layers/triplet-loss.js';
import { label2one_hot } from '../../examples/mnist/one_hot.js';
import { EuclideanLossLayer } from '../../examples/mnist/pyloss.js';

const labels = (...data: number[]) => ({ shape: [data.length], data });
const uniform = (...shape: number[]) => ({ shape, filler: { type: 'uniform', min: 0.1, max: 0.9 } as const });
const paramStr = (text: string) => ({ pythonParam: { paramStr: text } });

const layers: [LayerDescription, GradientCheckOptions][] = [
  [
    { type: EuclideanLossLayer },
    {
      bottoms: [
        [4, 3],
        [4, 3],
      ],
    },
  ],
  [{ type: label2one_hot }, { bottoms: [labels(0, 2, 1), [3, 4]], check: { bottoms: [1] } }],
  [{ type: FocalLoss }, { bottoms: [[5, 4], labels(0, 3, 1, 1, 2)] }],
  [
    { type: FocalLoss, ...paramStr('gamma: 0.5, alpha: 3') },
    { bottoms: [[2, 3, 2, 1], { shape: [2, 2, 1], data: [0, 1, 2, 0] }] },
  ],
  [{ type: FusedSoftmaxLoss }, { bottoms: [[5, 4], labels(0, 3, 1, 1, 2)] }],
  // A margin beyond all differences, and one with both kinds of rows.
  [
    { type: TripletLoss, ...paramStr('margin: 20') },
    {
      bottoms: [
        [4, 3],
        [4, 3],
        [4, 3],
      ],
    },
  ],
  [
    { type: TripletLoss },
    {
      bottoms: [
        [6, 3],
        [6, 3],
        [6, 3],
      ],
    },
  ],
  [
    { type: SmoothL1Loss },
    {
      bottoms: [
        [5, 4],
        [5, 4],
      ],
    },
  ],
  [{ type: SmoothL1Loss, ...paramStr('sigma: 1.5') }, { bottoms: [[3, 4], [3, 4], uniform(3, 4), uniform(3, 4)] }],
  [{ type: DiceLoss, ...paramStr('smooth: 0.5') }, { bottoms: [uniform(3, 2, 4), uniform(3, 2, 4)] }],
  [{ type: ContrastiveCenterLoss, ...paramStr('classes: 3, std: 1') }, { bottoms: [[4, 5], labels(0, 2, 2, 1)] }],
  [{ type: LabelSmoothingLoss }, { bottoms: [[4, 5], labels(0, 4, 2, 1)] }],
  [{ type: LearnableScale }, { bottoms: [[2, 3, 4]], params: [{ type: 'gaussian' }] }],
  [
    { type: RoiCrop, ...paramStr('height: 3, width: 2') },
    { bottoms: [[2, 2, 4, 3], { shape: [3, 5], data: [0, 0.2, 0.4, 1.9, 3, 1, -1, 1, 1, 2.5, 1, 0, 0, 2, 3] }] },
  ],
  [
    { type: RoiCrop, ...paramStr('height: 1, width: 1, spatialScale: 0.5') },
    { bottoms: [[1, 1, 3, 3], { shape: [1, 5], data: [0, 1, 0, 4, 3] }] },
  ],
];

for (const [layer, options] of layers) {
  const { name } = layer.type as { name: string };
  const text = layer.pythonParam?.paramStr;
  test(`the gradient of ${name}${text === undefined ? '' : ` with ${text}`} is that of its forward`, (t) => {
    const { comparisons } = checkGradient(layer, options);
    t.true(comparisons > 0);
  });
}
