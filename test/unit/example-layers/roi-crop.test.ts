import test from 'ava';
import { Blob, createLayer } from 'tscaffe';
import { RoiCrop } from '../../../examples/layers/roi-crop.js';
import { alike, blobOf, once, scattered } from './once.js';

const crop = (paramStr: string) => ({ type: RoiCrop, pythonParam: { paramStr } });

test('RoiCrop interpolates as hand arithmetic does', (t) => {
  const features = blobOf([1, 1, 2, 2], [0, 1, 2, 3]);
  const { top, topShape } = once(crop('height: 3, width: 3'), [features, blobOf([1, 5], [0, 0, 0, 1, 1])]);
  t.deepEqual(topShape, [1, 1, 3, 3]);
  t.deepEqual(top, [0, 0.5, 1, 1, 1.5, 2, 2, 2.5, 3]);
});

test("RoiCrop of whole pixels at their own size is Caffe's Crop", (t) => {
  const features = () => blobOf([2, 2, 5, 6], scattered(120));
  // Rows 1 ... 3 and columns 2 ... 5 of both images.
  const regions = blobOf([2, 5], [0, 2, 1, 5, 3, 1, 2, 1, 5, 3]);
  const ours = once(crop('height: 3 width: 4'), [features(), regions]);
  const stock = once({ type: 'Crop', cropParam: { axis: 2, offset: [1, 2] } }, [features(), new Blob(2, 2, 3, 4)]);
  t.deepEqual(ours.topShape, [2, 2, 3, 4]);
  t.deepEqual(ours.top, stock.top);
  t.deepEqual(ours.bottomDiff, stock.bottomDiff);
});

test('RoiCrop takes the middle for a size of one, scales regions, and holds to the edge outside of the image', (t) => {
  const features = blobOf([1, 1, 2, 2], [0, 1, 2, 3]);
  const one = once(crop('height: 1, width: 1'), [features, blobOf([1, 5], [0, 0, 0, 1, 1])]);
  t.deepEqual(one.top, [1.5]);
  const scaled = once(crop('height: 1, width: 2, spatialScale: 0.5'), [features, blobOf([1, 5], [0, 0, 2, 2, 2])]);
  t.deepEqual(scaled.top, [2, 3]);
  const outside = once(crop('height: 2, width: 2'), [features, blobOf([1, 5], [0, -4, -4, 9, 9])]);
  t.deepEqual(outside.top, [0, 1, 2, 3]);
});

test('RoiCrop adds up the gradients of regions that overlap, and gives regions none', (t) => {
  const features = blobOf([1, 1, 2, 2], [0, 1, 2, 3]);
  const regions = blobOf([2, 5], [0, 0, 0, 1, 1, 0, 1, 1, 1, 1]);
  const { bottomDiff } = once(crop('height: 2, width: 2'), [features, regions], { asked: [0, 1], topDiff: 1 });
  // Once each by the first region, the last four times by the second.
  t.true(alike(bottomDiff[0], [1, 1, 1, 5]));
  t.true(bottomDiff[1].every((value) => value === 0));
});

test('RoiCrop follows the number of regions, and refuses one of an image that is not there', (t) => {
  const layer = createLayer({ ...crop('height: 2, width: 2'), name: 'crop' });
  const bottom = [new Blob(2, 3, 4, 4), new Blob(1, 5)];
  const top = [new Blob()];
  layer.setup(bottom, top);
  bottom[1].reshape(7, 5);
  layer.forward(bottom, top);
  t.deepEqual(top[0].shape, [7, 3, 2, 2]);
  bottom[1].data[5] = 2;
  t.throws(() => layer.forward(bottom, top), { message: 'crop: region 1 is of image 2, which is not in 0 ... 1' });
});
