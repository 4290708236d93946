// What TypeScript must take and must refuse in programs with NetSpec; test/unit/net-spec-types.test.ts compiles it with
// the settings of several kinds of projects. A line below @ts-expect-error that is right after all is an error.
/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment, @typescript-eslint/no-unsafe-call,
   @typescript-eslint/no-unused-expressions --
   the wrong lines are wrong for eslint too */
import { layers, Net, NetSpec, params, toProto, toPrototxt, type LayerFields, type Sink, type Top } from 'tscaffe';

declare module 'tscaffe' {
  interface LayerTypes {
    /** A layer class of one's own, given to registerLayer. */
    FocalLoss: LayerFields;
  }
}

const [data, label] = layers.DummyData({ ntop: 2, shape: [{ dim: [8, 3, 32, 32] }, { dim: 8 }] });
const conv = layers.Convolution(data, { kernelSize: 5, numOutput: 20, weightFiller: { type: 'xavier' } });
const tops = [data, conv];

// -- What a layer function gives --------------------------------------------------------------------------------------

const top: Top = layers.ReLU(conv);
const triple: [Top, Top, Top] = layers.Slice(data, { ntop: 3, slicePoint: [1, 2] });
const silence: Sink = layers.Silence(label, { ntop: 0 });
const some: Top | Top[] = layers.Split(data, { ntop: triple.length + 1 });
// @ts-expect-error two, not three
const pair: [Top, Top] = layers.Slice(data, { ntop: 3 });
// @ts-expect-error a layer without tops gives none
const none: [] = layers.Silence(label, { ntop: 0 });
toProto(top, silence, ...triple, ...pair, ...none, ...[some].flat());

// -- Bottoms ----------------------------------------------------------------------------------------------------------

layers.ReLU(conv);
layers.Concat(data, conv);
layers.Concat(...tops);
layers.Concat(...tops, { axis: 1 });
layers.Input();
// @ts-expect-error a name is no top
layers.ReLU('conv1');
// @ts-expect-error several tops are several arguments
layers.Concat(tops);
// @ts-expect-error a layer without tops is no bottom
layers.ReLU(silence);

// -- Fields -----------------------------------------------------------------------------------------------------------

const learned = {
  param: [{ lrMult: 1 }, { lrMult: 2, decayMult: 0 }],
  weightFiller: { type: 'msra', varianceNorm: 'FAN_OUT' },
} as const;
layers.Convolution(data, { ...learned, kernelSize: [3, 5], pad: new Uint32Array([1, 2]), name: 'c', lossWeight: 0.5 });
layers.InnerProduct(data, {
  ...learned,
  param: { name: 'shared' },
  numOutput: undefined,
  include: { phase: 'TRAIN', stage: ['a'] },
});
layers.Deconvolution(data, { convolutionParam: { kernelSize: 4, stride: 2, weightFiller: { type: 'bilinear' } } });
layers.LSTM(data, label, { recurrentParam: { numOutput: 16 } });
layers.Data({
  ntop: 2,
  source: 'db',
  backend: 'LMDB',
  batchSize: 64,
  transformParam: { scale: 1 / 255, meanValue: [1, 2, 3] },
});
layers.Python(data, label, { module: 'pyloss', layer: 'EuclideanLossLayer', paramStr: '{"margin": 1}', lossWeight: 1 });
const filler = { type: 'xavier' }; // a string for TypeScript; a wrong one is an error of the layer function
layers.InnerProduct(data, { numOutput: 2, weightFiller: filler, biasFiller: { type: filler.type, value: 1 } });
layers.FocalLoss(conv, label, { lossWeight: 1, propagateDown: [true, false] });
// @ts-expect-error no such layer type
layers.Convolutoin(data);
// @ts-expect-error no such field
layers.Convolution(data, { kernelSiz: 5 });
// @ts-expect-error another layer's field
layers.InnerProduct(data, { numOutput: 10, kernelSize: 5 });
// @ts-expect-error pycaffe's name
layers.Convolution(data, { num_output: 20 });
// @ts-expect-error the fields of a Deconvolution are in its convolutionParam
layers.Deconvolution(data, { kernelSize: 4 });
// @ts-expect-error no such field within
layers.Convolution(data, { weightFiller: { typ: 'xavier' } });
// @ts-expect-error no such field in an entry
layers.Convolution(data, { param: [{ lrMul: 1 }] });
// @ts-expect-error a message is an object
layers.Convolution(data, { weightFiller: 'xavier' });
// @ts-expect-error a filler's type is a string
layers.Convolution(data, { weightFiller: { type: 7 } });
// @ts-expect-error a number is no string
layers.Convolution(data, { kernelSize: '5' });
// @ts-expect-error one value only: pooling's kernelSize is not repeated
layers.Pooling(data, { kernelSize: [2, 2] });
// @ts-expect-error true or false
layers.Convolution(data, { biasTerm: 0 });
// @ts-expect-error the layer's type is the function's name
layers.ReLU(data, { type: 'TanH' });
// @ts-expect-error the layer class is registered without fields of its own
layers.FocalLoss(conv, label, { gamma: 2 });
// @ts-expect-error no such phase
layers.Accuracy(conv, label, { include: { phase: 'test' } });

// -- Enum values ------------------------------------------------------------------------------------------------------

layers.Pooling(data, { pool: 'MAX', kernelSize: 2 });
layers.Pooling(data, { pool: params.Pooling.AVE, roundMode: 'FLOOR', engine: params.Pooling.CAFFE });
layers.Eltwise(data, conv, { operation: params.Eltwise.SUM });
// @ts-expect-error no such value
layers.Pooling(data, { pool: 'MAXIMUM' });
// @ts-expect-error a value of pooling's other enum
layers.Pooling(data, { pool: 'CAFFE' });
// @ts-expect-error a value of pooling's other enum
layers.Pooling(data, { pool: params.Pooling.CAFFE });
// @ts-expect-error a value of another layer's enum
layers.Eltwise(data, conv, { operation: params.Pooling.MAX });
// @ts-expect-error no number of a value
layers.Pooling(data, { pool: 17 });
// @ts-expect-error no such value
params.Pooling.MEDIAN;
// @ts-expect-error no such message
params.Poolin;

// -- NetSpec ----------------------------------------------------------------------------------------------------------

const n = new NetSpec<'data' | 'label' | 'conv' | 'loss' | 'silence'>({
  name: 'net',
  forceBackward: true,
  state: { phase: 'TRAIN' },
});
[n.data, n.label] = layers.DummyData({ ntop: 2, shape: { dim: [1, 2] } });
n.conv = layers.Convolution(n.data, { kernelSize: 1 });
n.silence = layers.Silence(n.label, { ntop: 0 });
n.loss = layers.SoftmaxWithLoss(n.conv, n.label);
// @ts-expect-error not one of its names
n.conv1 = n.conv;
// @ts-expect-error several tops
n.data = layers.Split(n.data, { ntop: 2 });
// @ts-expect-error the name of a method
n.toProto = n.data;
// @ts-expect-error no such field of a net
new NetSpec({ nam: 'net' });

const any = new NetSpec();
any['whatever'] = layers.ReLU(data, { inPlace: true });
const text: string = any.toString() + toPrototxt(toProto(data, conv));
const types: (string | null | undefined)[] = any.toProto().layer.map((layer) => layer.type);
new Net(any, 'train', { stages: types.map(String) }).copyFrom(text);
