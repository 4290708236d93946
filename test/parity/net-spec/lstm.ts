import { layers, NetSpec, params, type NetMessage } from 'tscaffe';

const [steps, streams, words, hidden] = [20, 8, 8801, 256];

type Sentences = 'cont' | 'input_sentence' | 'target_sentence';
type Hidden = 'embedded' | 'lstm1' | 'lstm2' | 'dropped';

/** An image captioner: the words so far and the image's features drive two LSTM layers that name the next word. */
export function lstm(): NetMessage {
  const n = new NetSpec<'image' | Sentences | Hidden | 'predict' | 'loss' | 'accuracy'>();
  const weightFiller = { type: 'uniform', min: -0.08, max: 0.08 } as const;
  const recurrentParam = { numOutput: hidden, weightFiller, biasFiller: { type: 'constant', value: 0 } } as const;
  n.image = layers.Input({ shape: { dim: [streams, 512] } });
  [n.cont, n.input_sentence, n.target_sentence] = layers.Input({ shape: { dim: [steps, streams] }, ntop: 3 });
  n.embedded = layers.Embed(n.input_sentence, { inputDim: words, numOutput: hidden, biasTerm: false, weightFiller });
  n.lstm1 = layers.LSTM(n.embedded, n.cont, n.image, { recurrentParam });
  n.lstm2 = layers.LSTM(n.lstm1, n.cont, { recurrentParam });
  n.dropped = layers.Dropout(n.lstm2, { dropoutRatio: 0.5 });
  n.predict = layers.InnerProduct(n.dropped, {
    numOutput: words,
    axis: 2,
    weightFiller,
    param: [
      { lrMult: 1, decayMult: 1 },
      { lrMult: 2, decayMult: 0 },
    ],
  });
  n.loss = layers.SoftmaxWithLoss(n.predict, n.target_sentence, {
    lossWeight: steps,
    softmaxParam: { axis: 2 },
    lossParam: { ignoreLabel: -1, normalization: params.Loss.BATCH_SIZE },
    propagateDown: [true, false],
  });
  n.accuracy = layers.Accuracy(n.predict, n.target_sentence, { axis: 2, ignoreLabel: -1 });
  return n.toProto();
}
