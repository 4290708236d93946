import test from 'ava';
import { Net, registerLayer, type Blob } from 'tscaffe';
import { EuclideanLossLayer } from '../../examples/mnist/pyloss.js';

registerLayer('TypeScriptEuclideanLoss', EuclideanLossLayer);

/**
 * A loss of two blobs of 5 x 3 x 2, at a weight other than 1. The batch of 5 makes loss and gradient round. A learnable
 * Bias layer, still 0, stands below each blob that is to get a gradient: what Caffe decides it by.
 */
function lossNet(type: string, propagateDown: [boolean, boolean]): Net {
  const below = (blob: string, learns: boolean): string =>
    learns
      ? `layer { name: "${blob}" type: "Bias" bottom: "${blob}_input" top: "${blob}" }`
      : `layer { name: "${blob}" type: "Split" bottom: "${blob}_input" top: "${blob}" }`;
  const text = `
    layer {
      name: "input" type: "Input" top: "a_input" top: "b_input"
      input_param { shape { dim: 5 dim: 3 dim: 2 } shape { dim: 5 dim: 3 dim: 2 } }
    }
    ${below('a', propagateDown[0])}
    ${below('b', propagateDown[1])}
    layer { name: "loss" type: "${type}" bottom: "a" bottom: "b" top: "loss" loss_weight: 0.7 }`;
  return new Net({ text }, 'train');
}

/** Numbers in -1 ... 1 without a pattern, the same in every run. */
function fill(blob: Blob, start: number): void {
  const data = blob.data;
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(start + 12.9898 * i * i);
}

interface Results {
  loss: number;
  a: Float32Array;
  b: Float32Array;
}

/** Forward and backward; the gradients start at 99, so that one that was not asked for shows. */
function run(type: string, propagateDown: [boolean, boolean]): Results {
  using net = lossNet(type, propagateDown);
  const { a_input, b_input, a, b, loss } = net.blobs;
  fill(a_input, 1);
  fill(b_input, 2);
  a.diff.fill(99);
  b.diff.fill(99);
  net.forward();
  net.backward();
  return { loss: loss.cpuData[0], a: a.cpuDiff.slice(), b: b.cpuDiff.slice() };
}

for (const propagateDown of [
  [true, true],
  [true, false],
  [false, true],
] as [boolean, boolean][]) {
  test(`EuclideanLossLayer gives the loss and gradients of Caffe's own EuclideanLoss, asked for them by ${propagateDown.join(', ')}`, (t) => {
    const ours = run('TypeScriptEuclideanLoss', propagateDown);
    const stock = run('EuclideanLoss', propagateDown);
    t.true(Math.abs(ours.loss - stock.loss) <= 1e-6 * stock.loss, `loss ${ours.loss}, Caffe's ${stock.loss}`);
    for (const [index, name] of (['a', 'b'] as const).entries()) {
      t.is(stock[name][0] !== 99, propagateDown[index], `Caffe writes the gradient of ${name} only when asked for it`);
      for (const [i, expected] of stock[name].entries()) {
        const gradient = ours[name][i];
        t.true(
          Math.abs(gradient - expected) <= 1e-6 * Math.abs(expected),
          `d loss / d ${name}[${i}]: ${gradient}, Caffe's ${expected}`,
        );
      }
    }
  });
}

test('EuclideanLossLayer gives the loss and gradient of hand arithmetic', (t) => {
  using net = lossNet('TypeScriptEuclideanLoss', [true, true]);
  const { a_input, b_input, a, b, loss } = net.blobs;
  a_input.data.fill(3);
  b_input.data.fill(1);
  net.forward();
  net.backward();
  // 30 squares of 2^2, over N = 5, halved.
  t.is(loss.cpuData[0], 12);
  // weight * (3 - 1) / 5
  t.true(a.cpuDiff.every((x) => x === Math.fround((Math.fround(0.7) * 2) / 5)));
  t.true(b.cpuDiff.every((x) => x === -Math.fround((Math.fround(0.7) * 2) / 5)));
});

test('EuclideanLossLayer refuses bottoms of different sizes and names both shapes', (t) => {
  const text = `
    layer { name: "input" type: "Input" top: "a" top: "b" input_param { shape { dim: 5 dim: 3 } shape { dim: 5 dim: 2 } } }
    layer { name: "loss" type: "TypeScriptEuclideanLoss" bottom: "a" bottom: "b" top: "loss" }`;
  t.throws(() => new Net({ text }, 'train'), { instanceOf: RangeError, message: /loss: .*5 x 3.*5 x 2/ });
});

test('EuclideanLossLayer refuses a third bottom', (t) => {
  const text = `
    layer { name: "input" type: "Input" top: "a" top: "b" top: "c" input_param { shape { dim: 5 } } }
    layer { name: "loss" type: "TypeScriptEuclideanLoss" bottom: "a" bottom: "b" bottom: "c" top: "loss" }`;
  t.throws(() => new Net({ text }, 'train'), { code: 'ERR_CAFFE_CHECK', message: /takes 2 bottom/ });
});
