import { layers, NetSpec, type NetMessage } from 'tscaffe';
import type { Random } from '../fuzz/random.js';
import type { Fill } from './compare.js';

const weightFiller = { type: 'xavier' };
const biasFiller = { type: 'uniform', min: -0.5, max: 0.5 };
const words = 9;
const steps = 5;

/** Layers over sequences, vectors and single numbers that the well-known nets have not. */
export function sequenceLayers(batch: number): NetMessage {
  const n = new NetSpec({ name: 'SequenceLayers' });
  n['words'] = layers.Input({ shape: { dim: [steps, batch] } });
  n['cont'] = layers.Input({ shape: { dim: [steps, batch] } });
  n['image'] = layers.Input({ shape: { dim: [batch, 3] } });
  n['rows'] = layers.Input({ shape: { dim: 4 } });

  n['embed'] = layers.Embed(n['words'], { inputDim: words, numOutput: 6, weightFiller, biasFiller });
  const recurrentParam = { numOutput: 5, weightFiller, biasFiller };
  n['lstm'] = layers.LSTM(n['embed'], n['cont'], n['image'], { recurrentParam });
  n['rnn'] = layers.RNN(n['lstm'], n['cont'], { recurrentParam });
  const dense = { numOutput: 4, axis: 2, transpose: true, weightFiller, biasFiller };
  n['scores'] = layers.InnerProduct(n['rnn'], dense);
  n['probabilities'] = layers.Softmax(n['scores'], { axis: 2 });
  n['best'] = layers.ArgMax(n['probabilities'], { axis: -1, topK: 2 });

  n['learned'] = layers.Parameter({ shape: { dim: [4] } });
  n['shifted'] = layers.Bias(n['scores'], n['learned'], { axis: 2 });
  n['size'] = layers.AbsVal(n['shifted']);
  n['exp'] = layers.Exp(n['size'], { base: 2, scale: -0.5, shift: 0.3 });
  n['log'] = layers.Log(n['size'], { base: 10, scale: 2, shift: 1 });
  n['bnll'] = layers.BNLL(n['shifted']);
  n['above'] = layers.Threshold(n['shifted'], { threshold: 0.25 });
  n['sum'] = layers.Eltwise(n['exp'], n['log'], n['bnll'], n['above']);

  // A vector to length 1: over the root of the sum of its squares.
  n['squares'] = layers.Reduction(n['sum'], { operation: 'SUMSQ', axis: 2 });
  n['inverse'] = layers.Power(n['squares'], { power: -0.5, shift: 1e-3 });
  n['normalized'] = layers.Scale(n['sum'], n['inverse'], { axis: 0 });
  n['absolute'] = layers.Reduction(n['normalized'], { operation: 'ASUM', axis: 1, coeff: 0.5 });
  n['whole'] = layers.Reduction(n['normalized']);
  n['picked'] = layers.BatchReindex(n['normalized'], n['rows']);
  return n.toProto();
}

/**
 * Words by their numbers, sequences that begin anew now and then, and rows by their numbers. All sequences begin with
 * the first step: those that go on would go on from Caffe's last forward.
 */
export const fillSequences =
  (random: Random): Fill =>
  (input, data) => {
    const next = {
      words: () => random.int(words),
      cont: (i: number) => Number(i >= data.length / steps && random.chance(0.7)),
      image: () => random.gaussian(),
      rows: () => random.int(steps),
    }[input];
    if (next === undefined) throw new RangeError(`the net has no input ${input}`);
    for (let i = 0; i < data.length; i++) data[i] = next(i);
  };
