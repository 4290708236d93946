// What is wrong in a program with NetSpec is said at once, with the nearest right name.
import test from 'ava';
import { layers, NetSpec, params, toProto, type Top } from 'tscaffe';

const data = layers.Input({ shape: { dim: [1, 1] } });
const untyped = layers as unknown as Record<string, (...args: unknown[]) => Top>;
const call =
  (type: string, ...args: unknown[]) =>
  () =>
    untyped[type]?.(...args);

const mistakes: { what: string; program: () => unknown; error?: 'RangeError'; message: string }[] = [
  {
    what: 'an unknown layer type',
    program: call('Convolutoin', data),
    message: 'Caffe has no layer type Convolutoin; did you mean Convolution?',
  },
  {
    what: 'a layer type like no other',
    program: call('Zzzzzz', data),
    message: 'Caffe has no layer type Zzzzzz; a layer class of your own must be given to registerLayer first',
  },
  {
    what: 'an unknown field',
    program: call('Convolution', data, { kernelSiz: 5 }),
    message: 'layers.Convolution has no field kernelSiz; did you mean kernelSize?',
  },
  {
    what: "pycaffe's spelling of a field",
    program: call('Convolution', data, { num_output: 5 }),
    message: 'layers.Convolution has no field num_output; did you mean numOutput?',
  },
  {
    what: "a field that only other types' parameters have",
    program: call('Deconvolution', data, { kernelSize: 5 }),
    message: 'layers.Deconvolution has no field kernelSize; expected it in convolutionParam or poolingParam',
  },
  {
    what: 'a name that every JavaScript object has',
    program: call('Convolution', data, { toString: 5 }),
    message: 'layers.Convolution has no field toString',
  },
  {
    what: 'an unknown field within',
    program: call('Convolution', data, { param: [{}, { lrMul: 1 }] }),
    message: 'layers.Convolution.param[1] has no field lrMul; did you mean lrMult?',
  },
  {
    what: 'an unknown enum value',
    program: call('Pooling', data, { pool: 'MX' }),
    message: 'layers.Pooling.poolingParam.pool: PoolMethod has no value MX; did you mean MAX?',
  },
  {
    what: 'an unknown enum number',
    program: call('Pooling', data, { pool: 17 }),
    message: 'layers.Pooling.poolingParam.pool: PoolMethod has no value 17, but MAX, AVE, STOCHASTIC',
  },
  {
    what: 'an unknown filler',
    program: call('InnerProduct', data, { weightFiller: { type: 'xaviar' } }),
    message:
      'layers.InnerProduct.innerProductParam.weightFiller.type: Caffe has no filler xaviar; did you mean xavier?',
  },
  {
    what: 'a string for a message',
    program: call('InnerProduct', data, { weightFiller: 'xavier' }),
    message:
      'Expected a FillerParameter object for layers.InnerProduct.innerProductParam.weightFiller but received "xavier" of type string',
  },
  {
    what: 'several values for a field that takes one',
    program: call('Pooling', data, { kernelSize: [2, 2] }),
    message: 'Expected an integer for layers.Pooling.poolingParam.kernelSize but received an object of class Array',
  },
  {
    what: 'a negative count',
    program: call('InnerProduct', data, { numOutput: -1 }),
    error: 'RangeError',
    message:
      'Expected an integer from 0 to 4294967295 for layers.InnerProduct.innerProductParam.numOutput but received -1',
  },
  {
    what: 'a number for a truth value',
    program: call('InnerProduct', data, { biasTerm: 0 }),
    message: 'Expected true or false for layers.InnerProduct.innerProductParam.biasTerm but received 0 of type number',
  },
  {
    what: 'a text for a number',
    program: call('Dropout', data, { dropoutRatio: '0.5' }),
    message: 'Expected a number for layers.Dropout.dropoutParam.dropoutRatio but received "0.5" of type string',
  },
  {
    what: 'the type as a field',
    program: call('ReLU', data, { type: 'TanH' }),
    message: 'layers.ReLU: the type of a layer is the name of its function',
  },
  {
    what: 'a bottom after the fields',
    program: call('Eltwise', data, { operation: 'SUM' }, data),
    message: 'Eltwise input 1 is not a Top (type is Object)',
  },
  { what: 'no bottom', program: call('ReLU', undefined), message: 'ReLU input 0 is not a Top (type is undefined)' },
  {
    what: 'a layer without tops as a bottom',
    program: call('ReLU', layers.Silence(data, { ntop: 0 })),
    message: 'ReLU input 0 is not a Top (type is Sink)',
  },
  {
    what: 'a half top',
    program: call('Split', data, { ntop: 1.5 }),
    error: 'RangeError',
    message: 'Expected an integer from 0 to 2147483647 for layers.Split.ntop but received 1.5',
  },
  {
    what: 'more tops in place than bottoms',
    program: call('ReLU', { inPlace: true }),
    message: 'layers.ReLU: in place its 1 tops are its bottoms, of which it has 0',
  },
  {
    what: 'an unknown enum',
    program: () => (params as unknown as Record<string, unknown>)['Poolin'],
    message: 'caffe.proto has no message PoolinParameter with enum values; did you mean Pooling?',
  },
  {
    what: 'an unknown constant',
    program: () => (params.Pooling as unknown as Record<string, unknown>)['MAXX'],
    message: 'PoolingParameter has no enum value MAXX; did you mean MAX?',
  },
  {
    what: 'an unknown field of a net',
    program: () => new NetSpec({ nam: 'net' } as object),
    message: 'NetSpec has no field nam; did you mean name?',
  },
  {
    what: 'layers as a field of a net',
    program: () => new NetSpec({ layer: [{}] } as object),
    message: 'NetSpec: its layers are those of its tops',
  },
  {
    what: 'something else than a top for toProto',
    program: () => toProto(data, 'ip' as unknown as Top),
    message: 'Expected a Top for tops[1] but received "ip" of type string',
  },
];

for (const { what, program, error = 'TypeError', message } of mistakes) {
  test(`A program with ${what} fails where it stands: ${message}`, (t) => {
    t.throws(program, { name: error, message });
  });
}

test('A NetSpec refuses what is no top, what it has not, and the names of its members', (t) => {
  const n = new NetSpec() as unknown as Record<string, unknown>;
  n['conv1'] = data;
  t.throws(() => n['conv2'], { name: 'RangeError', message: 'The NetSpec has no top "conv2"; did you mean conv1?' });
  t.throws(() => n['pool'], { name: 'RangeError', message: 'The NetSpec has no top "pool"; it has (conv1)' });
  t.throws(() => (n['ip'] = 'ip'), {
    name: 'TypeError',
    message: 'Expected a Top for NetSpec.ip but received "ip" of type string',
  });
  t.throws(() => (n['two'] = layers.Split(data, { ntop: 2 })), { name: 'TypeError', message: /Array; name each: \[/ });
  t.throws(() => (n['toProto'] = data), { name: 'TypeError', message: /"toProto" cannot be a blob's name/ });
});
