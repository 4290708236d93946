import type { caffe } from '../../proto/schema.js';
import type { Prototxt } from '../prototxt.js';
import { fieldsAt, scalarOf, type Field } from '../prototxt-tree.js';

/** What each policy computes the rate from, beside base_lr. */
const policies: Record<string, string[]> = {
  fixed: [],
  step: ['gamma', 'stepsize'],
  exp: ['gamma'],
  inv: ['gamma', 'power'],
  multistep: ['gamma', 'stepvalue'],
  poly: ['power', 'max_iter'],
  sigmoid: ['gamma', 'stepsize'],
};
const ofPolicies = ['gamma', 'power', 'stepsize', 'stepvalue'];

/** What only some types of solvers read. A momentum that its type does not have is refused by Caffe. */
const ofTypes: Record<string, string[]> = {
  momentum2: ['Adam'],
  rms_decay: ['RMSProp'],
  delta: ['AdaGrad', 'RMSProp', 'AdaDelta', 'Adam'],
};

/** The rules for the fields of a solver. */
export function solverFields(prototxt: Prototxt, solver: caffe.SolverParameter): void {
  learningRate(prototxt, solver);
  ofOtherTypes(prototxt, solver);
  ends(prototxt, solver);
  const [old] = fieldsAt(prototxt.fields, 'solver_type');
  if (old === undefined) return;
  const type = `type: "${solver.type}"`; // which Caffe has made of it, also of a number
  const edits = [{ start: old.start, end: old.end, text: type }];
  prototxt.report('old-format', old, 'solver_type is of before 2016', `today it is ${type}`, edits);
}

const fieldNamed = (prototxt: Prototxt, name: string): Field | undefined => fieldsAt(prototxt.fields, name)[0];

function learningRate(prototxt: Prototxt, solver: caffe.SolverParameter): void {
  const { fields, report } = prototxt;
  const { lrPolicy } = solver;
  const policy = fieldNamed(prototxt, 'lr_policy');
  const missing = (name: string, text: string, hint: string): void => {
    if (fieldNamed(prototxt, name) === undefined) report('missing-field', policy, text, hint);
  };
  missing('base_lr', 'base_lr is missing: the rate is 0, and nothing is learnt', 'add base_lr, often 0.01 or 0.001');
  if (policy === undefined) missing('lr_policy', 'lr_policy is missing', `one of ${Object.keys(policies).join(', ')}`);
  const needed = policies[lrPolicy];
  if (needed === undefined) return; // Caffe's own code may have more; that it has not is found by asking it for a rate
  for (const name of needed) {
    const what = { gamma: 'it is 0, and so is the rate', power: 'it is 0, and the rate never changes' }[name];
    missing(name, `lr_policy "${lrPolicy}" needs ${name}${what === undefined ? '' : `: ${what}`}`, `add ${name}`);
  }
  for (const name of ofPolicies) {
    const [field] = fieldsAt(fields, name);
    if (field === undefined || needed.includes(name)) continue;
    const users = Object.keys(policies).filter((each) => policies[each]?.includes(name));
    const text = `lr_policy "${lrPolicy}" does not read ${name}`;
    report('unused-field', field, text, `remove it, or choose one that does: ${users.join(', ')}`);
  }
  for (const { field, text, hint } of badRates(prototxt, solver)) report('bad-rate', field, text, hint);
  const steps = solver.stepvalue;
  const at = steps.findIndex((step, i) => step <= (steps[i - 1] ?? -1));
  if (at < 0) return;
  const field = fieldsAt(fields, 'stepvalue')[at];
  report(
    'step-order',
    field,
    `stepvalue ${steps[at] ?? ''} comes after ${steps[at - 1] ?? ''}`,
    'Caffe waits for one after the other: let them grow',
  );
}

/** Values of the policy's own fields that make no rate. */
function* badRates(
  { fields }: Prototxt,
  { lrPolicy, stepsize, gamma }: caffe.SolverParameter,
): Generator<{ field: Field; text: string; hint: string }> {
  const [ofStep] = fieldsAt(fields, 'stepsize');
  if (['step', 'sigmoid'].includes(lrPolicy) && ofStep !== undefined && stepsize <= 0) {
    const text = `stepsize is ${stepsize}: Caffe ends with its first rate`;
    yield { field: ofStep, text, hint: 'it counts iterations: at least 1' };
  }
  const [ofGamma] = fieldsAt(fields, 'gamma');
  if (['step', 'multistep', 'exp'].includes(lrPolicy) && ofGamma !== undefined && gamma === 0) {
    yield { field: ofGamma, text: 'gamma is 0: the rate falls to 0', hint: 'the rate is multiplied by it: often 0.1' };
  }
}

function ofOtherTypes(prototxt: Prototxt, { type }: caffe.SolverParameter): void {
  for (const [name, types] of Object.entries(ofTypes)) {
    const field = fieldNamed(prototxt, name);
    if (field === undefined || types.includes(type) || Number(scalarOf(field)) === 0) continue;
    const text = `a solver of the type ${type} does not read ${name}`;
    prototxt.report('unused-field', field, text, `remove it, or choose a type that does: ${types.join(', ')}`);
  }
}

/** When a training tests, takes snapshots and ends. */
function ends(prototxt: Prototxt, solver: caffe.SolverParameter): void {
  const { report } = prototxt;
  const { maxIter, testInterval, snapshot, snapshotAfterTrain, snapshotPrefix } = solver;
  const interval = fieldNamed(prototxt, 'test_interval');
  if (maxIter === 0) {
    report(
      'missing-field',
      fieldNamed(prototxt, 'max_iter'),
      'max_iter is 0: training ends before it begins',
      'add max_iter',
    );
  } else if (interval !== undefined && testInterval > maxIter) {
    const text = `test_interval ${testInterval} is above max_iter ${maxIter}: there is no test of what was learnt`;
    report('no-test', interval, text, `choose one up to ${maxIter}`);
  }
  if (snapshotPrefix !== '') return;
  const every = fieldNamed(prototxt, 'snapshot');
  if (snapshot > 0) {
    report(
      'no-snapshot-prefix',
      every,
      'snapshot without snapshot_prefix: Caffe refuses it',
      'add snapshot_prefix: "name"',
    );
  } else if (snapshotAfterTrain && maxIter > 0) {
    const text = 'snapshot_prefix is missing: the weights will be in "_iter_' + `${maxIter}.caffemodel", here`;
    report(
      'no-snapshot-prefix',
      fieldNamed(prototxt, 'max_iter'),
      text,
      'add snapshot_prefix: "name", or snapshot_after_train: false',
    );
  }
}
