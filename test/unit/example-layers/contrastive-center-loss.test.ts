import test from 'ava';
import { Blob, createLayer } from 'tscaffe';
import { ContrastiveCenterLoss } from '../../../examples/layers/contrastive-center-loss.js';
import { alike, blobOf, once } from './once.js';

const centerLoss = (paramStr: string) => ({ type: ContrastiveCenterLoss, pythonParam: { paramStr } });

test('ContrastiveCenterLoss gives the loss and gradients of hand arithmetic', (t) => {
  // Centers (0, 0) and (4, 0). The first row has 1 to its own and 9 + 1 for the other; the second 4 and 4 + 1.
  const bottom = [blobOf([2, 2], [1, 0, 2, 0]), blobOf([2], [0, 1])];
  const { top, bottomDiff, blobDiff } = once(centerLoss('classes: 2, delta: 1'), bottom, {
    topDiff: 2,
    blobs: [[0, 0, 4, 0]],
  });
  t.true(alike(top, [(1 / 20 + 4 / 10) / 2]));
  // (x - c) / s - d (x - other) / s^2: 1 / 10 + 1 * 3 / 100, and -2 / 5 - 4 * 2 / 25
  t.true(alike(bottomDiff[0], [0.13, 0, -0.72, 0]), String(bottomDiff));
  // Each center: -(x - c) / s from its own, d (x - c) / s^2 from the others.
  t.true(alike(blobDiff[0], [-0.1 + (4 * 2) / 25, 0, (-1 * 3) / 100 + 2 / 5, 0]), String(blobDiff));
});

test('ContrastiveCenterLoss makes its centers of the size of the features, and needs the number of classes', (t) => {
  const layer = createLayer(centerLoss('classes: 7, std: 2'));
  const bottom = [new Blob(3, 5, 2), new Blob(3)];
  layer.setup(bottom, [new Blob()]);
  t.deepEqual(layer.blobs[0].shape, [7, 10]);
  t.true(layer.blobs[0].asumData() > 0);
  t.throws(
    () => {
      createLayer(centerLoss('')).setup(bottom, [new Blob()]);
    },
    { message: /must give classes, a number/ },
  );
});

test('descent on the centers brings them to their classes', (t) => {
  const layer = createLayer(centerLoss('classes: 2'));
  const bottom = [blobOf([4, 1], [1, 1.2, -1, -1.2]), blobOf([4], [0, 0, 1, 1])];
  const top = [new Blob()];
  layer.setup(bottom, top);
  const [centers] = layer.blobs;
  centers.data.set([0.1, 0.2]);
  const before = layer.forward(bottom, top) || top[0].data[0];
  for (let step = 0; step < 50; step++) {
    layer.forward(bottom, top);
    top[0].diff[0] = 1;
    centers.diff.fill(0);
    layer.backward(top, [false, false], bottom);
    centers.data.forEach((value, i, data) => (data[i] = value - centers.diff[i]));
  }
  layer.forward(bottom, top);
  t.true(top[0].data[0] < before / 5, `${before} -> ${top[0].data[0]}`);
  t.true(centers.data[0] > 0.5 && centers.data[1] < -0.5, String(centers.data));
});
