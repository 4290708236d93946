import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Blob, checkGradient, createLayer } from 'tscaffe';
import { Softplus } from '../layers/softplus.js';

test('Softplus of 0 is log 2, far from 0 it is 0 or x', () => {
  const layer = createLayer({ type: Softplus });
  const [bottom, top] = [new Blob(3), new Blob()];
  layer.setup([bottom], [top]);
  bottom.data.set([0, -200, 200]);
  layer.forward([bottom], [top]);
  assert.deepEqual([...top.data], [Math.fround(Math.log(2)), 0, 200]);
});

test('the gradient of Softplus is right', () => {
  checkGradient(Softplus, { bottoms: [[2, 3, 4]] });
});
