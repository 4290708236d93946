// Cases of NetTest in Caffe's own test_net.cpp, under their own names: weights shared by name.
import test from 'ava';
import { Net, type Blob } from 'tscaffe';
import { close, asum, euclidean, input, layer, product, seeded, x } from './net-text.js';

const products = (share: boolean): string => {
  const params = share ? 'param { name: "w" } param { name: "b" }' : '';
  return `${product('one', 'data', params)} ${product('two', 'data', params)}`;
};
const onOneInput = (share: boolean): string =>
  `force_backward: true ${layer('data', 'type: "Input" top: "data" input_param { shape { dim: 4 dim: 3 } }')} ${products(share)} ${euclidean}`;

/** Runs both ways; the loss and the weights of the two products. */
function differences(share: boolean): { loss: number; one: Blob; two: Blob; net: Net } {
  const net = seeded(onOneInput(share));
  const loss = net.forward({ data: x })['loss'][0];
  net.backward();
  return { loss, one: net.params['one'][0], two: net.params['two'][0], net };
}

test('TestUnsharedWeightsDataNet, TestUnsharedWeightsDiffNet: two products differ, and are drawn to each other', (t) => {
  const { loss, one, two } = differences(false);
  t.true(loss > 0);
  t.true([...one.diff].every((diff) => diff !== 0));
  t.true(
    close(
      [...one.diff].map((diff) => -diff),
      [...two.diff],
      1e-6,
    ),
  );
});

test('TestSharedWeightsDataNet, TestSharedWeightsDiffNet: with shared weights they are one, and nothing draws', (t) => {
  const { loss, one, two } = differences(true);
  t.is(loss, 0);
  t.is(asum(one.diff), 0);
  t.is(asum(two.diff), 0);
});

/** Two products of different data. */
const onTwoInputs = (share: boolean): string => {
  const params = share ? 'param { name: "w" } param { name: "b" }' : '';
  const both = layer('data', 'type: "Input" top: "a" top: "b" input_param { shape { dim: 4 dim: 3 } }');
  return `${both} ${product('one', 'a', params)} ${product('two', 'b', params)} ${euclidean}`;
};
const otherX = x.map((value, i) => value * Math.sin(i + 2) + 1);

function trained(share: boolean): { net: Net; one: Blob; two: Blob } {
  const net = seeded(onTwoInputs(share));
  net.forward({ a: x, b: otherX });
  net.backward();
  return { net, one: net.params['one'][0], two: net.params['two'][0] };
}

/** Whether what is written to the data and diff of one is in the other. */
function haveOneMemory(one: Blob, two: Blob): boolean {
  const before = [one.data[0], one.diff[0]];
  [one.data[0], one.diff[0]] = [1701, -1701];
  const seen = two.data[0] === 1701 && two.diff[0] === -1701;
  [one.data[0], one.diff[0]] = before;
  return seen;
}

test('TestSharedWeightsUpdate: shared weights have one memory, and move by the sum of the two gradients', (t) => {
  const { one, two } = trained(true);
  t.true(haveOneMemory(one, two));
  const sum = [...one.diff];
  const expected = [...one.data].map((weight, i) => Math.fround(weight - sum[i]));
  one.update();
  t.deepEqual([...one.data], expected);
  t.deepEqual([...two.data], expected);

  const apartNow = trained(false);
  t.false(haveOneMemory(apartNow.one, apartNow.two));
  t.notDeepEqual([...apartNow.one.diff], [...apartNow.two.diff]);
  // The second product has other random weights unless they are shared; so that the gradients add up, give it the same.
  apartNow.two.data.set(apartNow.one.data);
  apartNow.net.clearParamDiffs();
  apartNow.net.forward({ a: x, b: otherX });
  apartNow.net.backward();
  t.true(
    close(
      [...apartNow.one.diff].map((diff, i) => diff + apartNow.two.diff[i]),
      sum,
      1e-5,
    ),
  );
});

test('TestSharedWeightsResume: saved and loaded, shared weights are the same, and still shared', (t) => {
  const { net, one } = trained(true);
  one.update();
  using resumed = seeded(onTwoInputs(true));
  resumed.copyFrom(net.toProto());
  const [first, second] = [resumed.params['one'][0], resumed.params['two'][0]];
  t.deepEqual([...first.data], [...one.data]);
  t.true(haveOneMemory(first, second));
});

test('Sharing weights of different shapes is refused, but of the same count with share_mode PERMISSIVE allowed', (t) => {
  const turned = (mode: string): string => `${input()} ${product('one', 'data', `param { name: "w" ${mode} }`)}
    ${layer(
      'two',
      `type: "InnerProduct" bottom: "data" top: "two" param { name: "w" ${mode} }
       inner_product_param { num_output: 2 transpose: true weight_filler { type: "xavier" } }`,
    )}`;
  t.throws(() => new Net({ text: turned('') }, 'train'), { code: 'ERR_CAFFE_CHECK', message: /shape mismatch/ });
  using net = new Net({ text: turned('share_mode: PERMISSIVE') }, 'train');
  t.deepEqual(net.params['two'][0].shape, [3, 2]);
});
