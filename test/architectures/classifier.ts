import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';

/** `deploy`: an Input and a Softmax. `train`: DummyData with labels, and a SoftmaxWithLoss. */
export type Use = 'deploy' | 'train';

/** A net that classifies, for items of its own shape. */
export type Classifier = (batch: number, use?: Use) => NetMessage;

/** Adds a loss in the middle of a net. Only training has it. */
export type SideLoss = (name: string, scores: Top, lossWeight: number) => void;

/** Adds the layers from the items to the scores, N x classes or N x classes x 1 x 1, and returns the scores. */
type Body = (n: NetSpec, data: Top, sideLoss?: SideLoss) => Top;

/** What all classifiers have in common: where items come from, and what becomes of the scores. */
export function classifier(name: string, item: readonly number[], body: Body): Classifier {
  return (batch, use = 'deploy') => {
    const n = new NetSpec({ name });
    if (use === 'deploy') {
      n['data'] = layers.Input({ shape: { dim: [batch, ...item] } });
      n['prob'] = layers.Softmax(body(n, n['data']));
      return n.toProto();
    }
    // Constants: other fillers draw all numbers anew in each iteration, which a benchmark would measure too.
    const constant = { type: 'constant', value: 1 };
    const shape = [{ dim: [batch, ...item] }, { dim: [batch] }];
    [n['data'], n['label']] = layers.DummyData({ ntop: 2, shape, dataFiller: [constant, constant] });
    const scores = body(n, n['data'], (head, top, lossWeight) => {
      n[`${head}/loss`] = layers.SoftmaxWithLoss(top, n['label'], { lossWeight });
    });
    n['loss'] = layers.SoftmaxWithLoss(scores, n['label']);
    return n.toProto();
  };
}
