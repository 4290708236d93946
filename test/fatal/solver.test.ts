// Mistakes in the description of a solver; some of them Caffe finds only when it trains.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Solver } from 'tscaffe';
import { goodNet } from './good-net.js';
import { testMistakes, type Mistake } from './mistake.js';

const inline = `net_param { ${goodNet} }`;
const rate = 'base_lr: 0.1 lr_policy: "fixed"';

/** What Caffe refuses to build; `net.prototxt` in the folder is a good net. */
function refused(what: string, fields: string, text: string, mistake: Partial<Mistake> = {}): Mistake {
  return {
    what: `a solver with ${what}`,
    make: (folder) => {
      writeFileSync(join(folder, 'net.prototxt'), goodNet);
      const file = join(folder, 'solver.prototxt');
      writeFileSync(file, fields.replaceAll('FOLDER', folder));
      return new Solver(file);
    },
    text,
    file: 'FOLDER/solver.prototxt',
    ...mistake,
  };
}

/** What Caffe builds, and then does not train. */
function untrainable(what: string, fields: string, text: string): Mistake {
  return {
    what: `training with ${what}`,
    make: () => {
      new Solver({ text: `${inline} ${fields}` }).step(1);
    },
    text,
  };
}

testMistakes([
  refused(
    'a syntax error',
    `${inline}\nbase_lr: 0.1 0.2`,
    'Expected identifier, got: 0.2\nbase_lr: 0.1 0.2\n             ^',
    {
      code: 'ERR_CAFFE_PROTOTXT',
      line: 7,
    },
  ),
  refused(
    'an unknown field',
    `${inline}\nlearning_rate: 1`,
    'Message type "caffe.SolverParameter" has no field named "learning_rate".\nlearning_rate: 1\n^',
    { code: 'ERR_CAFFE_PROTOTXT', line: 7 },
  ),
  refused(
    'an unknown type',
    `${inline} type: "Nope"`,
    'Check failed: registry.count(type) == 1 (0 vs. 1) Unknown solver type: Nope (known types)',
  ),
  refused(
    'no net',
    rate,
    'Check failed: num_train_nets >= 1 (0 vs. 1) SolverParameter must specify a train net using one of these fields: net, net_param, train_net, train_net_param',
  ),
  ...[
    ['net and train_net', 'net: "FOLDER/net.prototxt" train_net: "FOLDER/net.prototxt"'],
    ['net and net_param', `net: "FOLDER/net.prototxt" ${inline}`],
    ['train_net and train_net_param', `train_net: "FOLDER/net.prototxt" train_${inline}`],
  ].map(([what = '', fields = '']) =>
    refused(
      what,
      fields,
      'Check failed: num_train_nets <= 1 (2 vs. 1) SolverParameter must not contain more than one of these fields specifying a train_net: net, net_param, train_net, train_net_param',
    ),
  ),
  refused(
    'a mistake in its net',
    'net_param { layer { name: "a" type: "Nope" } }',
    'Check failed: registry.count(type) == 1 (0 vs. 1) Unknown layer type: Nope (known types)',
    { layer: 'a', during: 'setup' },
  ),
  refused(
    'a test net and no test_iter',
    `${inline} test_net: "FOLDER/net.prototxt" test_interval: 1`,
    'Check failed: param_.test_iter_size() >= num_test_nets (0 vs. 1) test_iter must be specified for each test network.',
  ),
  refused(
    'more test_iter than test nets',
    `train_net: "FOLDER/net.prototxt" test_net: "FOLDER/net.prototxt" test_iter: 1 test_iter: 2 test_interval: 1`,
    'Check failed: param_.test_iter_size() == num_test_nets (2 vs. 1) test_iter must be specified for each test network.',
  ),
  refused(
    'more test_state than test nets',
    `${inline} test_iter: 1 test_interval: 1 test_state { } test_state { }`,
    'Check failed: param_.test_state_size() == num_test_net_instances (2 vs. 1) test_state must be unspecified or specified once per test net.',
  ),
  refused(
    'test nets and a test_interval of 0',
    `${inline} test_iter: 1`,
    'Check failed: param_.test_interval() > 0 (0 vs. 0) ',
  ),
  refused(
    'an average_loss of 0',
    `${inline} average_loss: 0`,
    'Check failed: param_.average_loss() >= 1 (0 vs. 1) average_loss should be non-negative.',
  ),
  refused(
    'momentum for AdaGrad',
    `${inline} type: "AdaGrad" momentum: 0.9`,
    'Check failed: 0 == this->param_.momentum() (0 vs. 0.9) Momentum cannot be used with AdaGrad.',
  ),
  refused(
    'an rms_decay of 2',
    `${inline} type: "RMSProp" rms_decay: 2`,
    'Check failed: this->param_.rms_decay() < 1 (2 vs. 1) rms_decay should lie between 0 and 1.',
  ),
  refused(
    'snapshots in a folder that is not there',
    `${inline} snapshot: 1 snapshot_prefix: "FOLDER/missing/a"`,
    "Cannot write to snapshot prefix 'FOLDER/missing/a'.  Make sure that the directory exists and is writable.",
  ),
  untrainable('an unknown lr_policy', 'base_lr: 0.1 lr_policy: "nope"', 'Unknown learning rate policy: nope'),
  untrainable('no lr_policy', 'base_lr: 0.1', 'Unknown learning rate policy: '),
  untrainable(
    'a stepsize of 0',
    'base_lr: 0.1 lr_policy: "step"',
    'Check failed: this->param_.stepsize() > 0 (0 vs. 0) ',
  ),
  untrainable(
    'an unknown regularization_type',
    `${rate} weight_decay: 0.1 regularization_type: "L3"`,
    'Unknown regularization type: L3',
  ),
]);
