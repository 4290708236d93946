import { inspect } from 'node:util';
import test from 'ava';
import { CaffeError, Net } from 'tscaffe';

const text = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }
  layer { name: "score" type: "InnerProduct" bottom: "data" top: "score" inner_product_param { num_output: 1 } }
  layer { name: "relu" type: "ReLU" bottom: "score" top: "relu" }`;
const net = new Net({ text }, 'test');

for (const { what, look, message } of [
  { what: 'blob', look: () => net.blobs['dta'], message: 'The net has no blob "dta"; did you mean data?' },
  {
    what: 'blob, like no other,',
    look: () => net.blobs['fc8'],
    message: 'The net has no blob "fc8"; it has (data, score, relu)',
  },
  { what: 'layer', look: () => net.layerDict['scor'], message: 'The net has no layer "scor"; did you mean score?' },
  { what: 'param', look: () => net.params['scoer'], message: 'The net has no layer "scoer"; did you mean score?' },
  {
    what: 'learning rate',
    look: () => net.paramsLr['Score'],
    message: 'The net has no layer "Score"; did you mean score?',
  },
  { what: 'top', look: () => net.topNames['rleu'], message: 'The net has no layer "rleu"; did you mean relu?' },
  { what: 'bottom', look: () => net.bottomNames['rel'], message: 'The net has no layer "rel"; did you mean relu?' },
  {
    what: 'loss weight',
    look: () => net.blobLossWeights['scores'],
    message: 'The net has no blob "scores"; did you mean score?',
  },
  {
    what: 'layer to start at',
    look: () => net.forward(undefined, { start: 'rlu' }),
    message: 'The net has no layer "rlu"; did you mean relu?',
  },
  {
    what: 'blob to return',
    look: () => net.forward(undefined, { blobs: ['scre'] }),
    message: 'The net has no blob "scre"; did you mean score?',
  },
]) {
  test(`a misspelt ${what} names itself, and the nearest or all`, (t) => {
    t.throws(look, { instanceOf: RangeError, message });
  });
}

test('a layer without learnable blobs has no params, and is no mistake', (t) => {
  t.false('relu' in net.params);
  t.is<unknown, undefined>(net.params['relu'], undefined);
  t.is<unknown, undefined>(net.paramsLr['data'], undefined);
});

test('what programs ask of any object is answered as ever', async (t) => {
  const { blobs, topNames } = net;
  t.false('dta' in blobs);
  t.true('data' in blobs);
  t.false(Object.hasOwn(blobs, 'constructor'));
  t.deepEqual(Object.keys(blobs), ['data', 'score', 'relu']);
  const names: string[] = [];
  for (const name in blobs) names.push(name);
  t.deepEqual(names, ['data', 'score', 'relu']);
  t.is(await Promise.resolve(blobs), blobs);
  t.is(JSON.stringify(topNames), '{"data":["data"],"score":["score"],"relu":["relu"]}');
  t.regex(inspect(topNames), /data: \[ 'data' \]/);
  t.deepEqual({ ...topNames }, { data: ['data'], score: ['score'], relu: ['relu'] });
  t.deepEqual(topNames, new Net({ text }, 'test').topNames);
  t.is(Object.prototype.toString.call(blobs), '[object Object]');
  t.is((blobs as unknown as Record<symbol, unknown>)[Symbol.iterator], undefined);
  t.false(blobs instanceof Net);
  t.throws(() => ((blobs as Record<string, unknown>)['more'] = 1), { instanceOf: TypeError });
});

test('blobs named like fields of every object are found', (t) => {
  const odd = new Net(
    { text: 'layer { name: "then" type: "Input" top: "constructor" input_param { shape { dim: 1 } } }' },
    'test',
  );
  const blobs = new Map(Object.entries(odd.blobs));
  t.is<unknown, unknown>(odd.blobs.constructor, blobs.get('constructor'));
  t.is(blobs.get('constructor')?.count, 1);
  t.is(odd.layerDict['then'].type, 'Input');
});

test('a misspelt layer type names the nearest', (t) => {
  const error = t.throws(() => new Net({ text: text.replace('InnerProduct', 'InnerProduc') }, 'test'), {
    instanceOf: CaffeError,
  });
  t.regex(error.message, /Unknown layer type: InnerProduc; did you mean InnerProduct\?/);
});
