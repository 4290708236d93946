// The cases of FilterNetTest in Caffe's own test_net.cpp, under their own names: which layers the rules admit. Include
// rules admit a layer if one of them is met, exclude rules if none is; a rule is met if all that it says is.
import test from 'ava';
import { Net, type NetOptions } from 'tscaffe';

interface Case {
  name: string;
  /** Each layer with its rules. */
  layers: Record<string, string>;
  phase?: 'train' | 'test';
  options?: NetOptions;
  kept: string[];
}

const mine = { stages: ['mystage'] };
const all = ['data', 'innerprod', 'loss'];
/** The rules of the three layers, data, innerprod and loss. */
const three = (data = '', innerprod = '', loss = ''): Record<string, string> => ({ data, innerprod, loss });
const phases = ['train', 'test'] as const;

const lenet = {
  mnist_train: 'include { phase: TRAIN }',
  mnist_test: 'include { phase: TEST }',
  conv1: '',
  ip1: '',
  accuracy: 'include { phase: TEST }',
  loss: '',
};
const includeMulti = three('', 'include { min_level: 2 phase: TRAIN }', 'include { min_level: 2 phase: TEST }');
const includeEither = three(
  '',
  'include { min_level: 2 phase: TRAIN } include { phase: TEST }',
  'include { min_level: 2 phase: TEST } include { phase: TRAIN }',
);
const excludeMulti = three('', 'exclude { min_level: 2 phase: TRAIN }', 'exclude { min_level: 2 phase: TEST }');
const notStage = (stage: string): Record<string, string> =>
  three('', `include { not_stage: "${stage}" }`, `include { not_stage: "${stage}" }`);
const bothStages = three('', 'include { stage: "mystage" stage: "myotherstage" }', 'include { stage: "mystage" }');

const cases: Case[] = [
  { name: 'TestNoFilter', layers: three(), kept: all },
  { name: 'TestFilterLeNetTrainTest', layers: lenet, phase: 'train', kept: ['mnist_train', 'conv1', 'ip1', 'loss'] },
  {
    name: 'TestFilterLeNetTrainTest',
    layers: lenet,
    phase: 'test',
    kept: ['mnist_test', 'conv1', 'ip1', 'accuracy', 'loss'],
  },
  { name: 'TestFilterOutByStage', layers: three('include { stage: "mystage" }'), kept: ['innerprod', 'loss'] },
  { name: 'TestFilterOutByStage2', layers: three('', 'include { stage: "mystage" }'), kept: ['data', 'loss'] },
  { name: 'TestFilterInByStage', layers: three('', 'include { stage: "mystage" }'), options: mine, kept: all },
  { name: 'TestFilterInByStage2', layers: three('', 'exclude { stage: "mystage" }'), kept: all },
  { name: 'TestFilterOutByMultipleStage', layers: bothStages, options: mine, kept: ['data', 'loss'] },
  {
    name: 'TestFilterInByMultipleStage',
    layers: three('', 'include { stage: "myotherstage" } include { stage: "mystage" }', 'include { stage: "mystage" }'),
    options: mine,
    kept: all,
  },
  {
    name: 'TestFilterInByMultipleStage2',
    layers: bothStages,
    options: { stages: ['mystage', 'myotherstage'] },
    kept: all,
  },
  { name: 'TestFilterInByNotStage', layers: notStage('myotherstage'), options: mine, kept: all },
  { name: 'TestFilterOutByNotStage', layers: notStage('mystage'), options: mine, kept: ['data'] },
  { name: 'TestFilterOutByMinLevel', layers: three('', 'include { min_level: 3 }'), kept: ['data', 'loss'] },
  { name: 'TestFilterOutByMaxLevel', layers: three('', 'include { max_level: -3 }'), kept: ['data', 'loss'] },
  { name: 'TestFilterInByMinLevel', layers: three('', 'include { min_level: 0 }'), kept: all },
  { name: 'TestFilterInByMinLevel2', layers: three('', 'include { min_level: 3 }'), options: { level: 7 }, kept: all },
  { name: 'TestFilterInByMaxLevel', layers: three('', 'include { max_level: 0 }'), kept: all },
  {
    name: 'TestFilterInByMaxLevel2',
    layers: three('', 'include { max_level: -3 }'),
    options: { level: -7 },
    kept: all,
  },
  ...phases.map((phase) => ({
    name: 'TestFilterInOutByIncludeMultiRule',
    layers: includeMulti,
    phase,
    options: { level: 4 },
    kept: ['data', phase === 'train' ? 'innerprod' : 'loss'],
  })),
  ...phases.map((phase) => ({
    name: 'TestFilterInByIncludeMultiRule',
    layers: includeEither,
    phase,
    options: { level: 2 },
    kept: all,
  })),
  ...phases.map((phase) => ({
    name: 'TestFilterInOutByExcludeMultiRule',
    layers: excludeMulti,
    phase,
    options: { level: 4 },
    kept: ['data', phase === 'train' ? 'loss' : 'innerprod'],
  })),
  // What Caffe's own tests leave out.
  {
    name: 'both phases excluded',
    layers: three('', 'exclude { phase: TRAIN } exclude { phase: TEST }'),
    kept: ['data', 'loss'],
  },
  {
    name: 'between two levels',
    layers: three('', 'include { min_level: 2 max_level: 4 }'),
    options: { level: 4 },
    kept: all,
  },
  {
    name: 'above two levels',
    layers: three('', 'include { min_level: 2 max_level: 4 }'),
    options: { level: 5 },
    kept: ['data', 'loss'],
  },
  {
    name: 'a stage but for another',
    layers: three('', 'exclude { stage: "mystage" not_stage: "b" }'),
    options: mine,
    kept: ['data', 'loss'],
  },
  {
    name: 'a stage with the other',
    layers: three('', 'exclude { stage: "mystage" not_stage: "b" }'),
    options: { stages: ['mystage', 'b'] },
    kept: all,
  },
];

for (const { name, layers, phase = 'test', options = {}, kept } of cases) {
  test(`${name}: a net for ${phase} and ${JSON.stringify(options)} keeps ${kept.join(', ')}`, (t) => {
    const text = Object.entries(layers)
      .map(
        ([layer, rules]) =>
          `layer { name: "${layer}" type: "Input" top: "${layer}" ${rules} input_param { shape { dim: 1 } } }`,
      )
      .join('\n');
    using net = new Net({ text }, phase, options);
    t.deepEqual(net.layerNames, kept);
    // What is filtered is filtered to itself.
    using again = new Net(net.toProto(), phase, options);
    t.deepEqual(again.layerNames, kept);
  });
}

test('include and exclude in one layer are refused', (t) => {
  const text = `layer { name: "x" type: "Input" top: "x" include { phase: TEST } exclude { stage: "a" } input_param { shape { dim: 1 } } }`;
  t.throws(() => new Net({ text }, 'test'), { code: 'ERR_CAFFE_CHECK', message: /both/i });
});
