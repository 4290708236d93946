import { CaffeError } from '../error/caffe-error.js';
import type { caffe } from '../proto/schema.js';
import { Solver } from '../solver/solver.js';
import type { Prototxt } from './prototxt.js';
import { scalarOf } from './prototxt-tree.js';

/** A net that any solver can train. */
const smallest = {
  layer: [
    { name: 'data', type: 'DummyData', top: ['a', 'b'], dummyDataParam: { shape: [{ dim: [1] }, { dim: [1] }] } },
    { name: 'loss', type: 'EuclideanLoss', bottom: ['a', 'b'], top: ['loss'] },
  ],
};

const nets = ['net', 'netParam', 'trainNet', 'trainNetParam', 'testNet', 'testNetParam', 'weights'] as const;

/** Lets Caffe build a solver, with the smallest of nets in place of its own, and asks it for a learning rate. */
export async function checkSolver(solver: caffe.SolverParameter, { file, fields, report }: Prototxt): Promise<void> {
  const settings = Object.fromEntries(
    Object.entries(solver).filter(([name]) => !(nets as readonly string[]).includes(name)),
  );
  const tests = solver.testNet.length + solver.testNetParam.length;
  const asked = {
    ...settings,
    ...(solver.trainNet !== '' || Object.hasOwn(solver, 'trainNetParam')
      ? { trainNetParam: smallest }
      : { netParam: smallest }),
    testNetParam: Array.from({ length: tests }, () => smallest),
    // These have rules of their own, and nothing is to be written.
    snapshot: 0,
    snapshotAfterTrain: false,
    solverMode: 'CPU',
    ...(solver.stepsize <= 0 && { stepsize: 1 }),
  };
  try {
    using built = await Solver.create(asked);
    // Caffe looks at the policy only when it is asked.
    if (Number.isNaN(built.lr)) throw new CaffeError('ERR_CAFFE_SOLVER', 'the learning rate is NaN');
  } catch (error) {
    const [first = '', ...more] = (error as CaffeError).message.replace(`${file}: `, '').split('\n');
    const says = (word: string | undefined): boolean => word !== undefined && first.toLowerCase().includes(word);
    const named = fields.find(({ name }) => says(name.replaceAll('_', ' ')) || says(name));
    // As in "Unknown learning rate policy: steps".
    const field = named ?? fields.find((each) => first.endsWith(`: ${scalarOf(each) ?? ''}`));
    report('refused', field, first, more.join(' ').trim() || 'Caffe does not build the solver');
  }
}
