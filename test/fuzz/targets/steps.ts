// Solvers of nets of random stock layers, whose learnable blobs change between the iterations.
import { Solver, type SolverType } from 'tscaffe';
import { fillData, otherShape, spoil } from '../fillings.js';
import { isSmall } from '../small.js';
import { stockNet } from '../stock-net.js';
import type { Target } from '../target.js';
import { Attempts, did } from '../trail.js';

const types: SolverType[] = ['SGD', 'Nesterov', 'AdaGrad', 'RMSProp', 'AdaDelta', 'Adam'];

export const steps: Target = async (random) => {
  const text = stockNet(random);
  const type = random.pick(types);
  const momentum = ['AdaGrad', 'RMSProp'].includes(type) ? 0 : 0.9;
  const settings = `base_lr: 0.01 lr_policy: "fixed" momentum: ${momentum} type: "${type}"`;
  did(`${settings} net_param { ${text} }`);
  using solver = new Solver({ text: `${settings} weight_decay: 0.1 net_param { ${text} }` });
  const attempts = new Attempts();
  const { net } = solver;
  const blobs = Object.values(net.blobs);
  const params = Object.values(net.params).flat();
  for (let n = 4; n > 0 && isSmall(net); n--) {
    await attempts.make('fill and step', () => {
      fillData(random, net.inputs.map((name) => net.blobs[name]), 'finite'); // prettier-ignore
      solver.step(1);
    });
    const list = params.length > 0 && random.chance(0.8) ? params : blobs;
    if (list.length === 0) break;
    const at = random.int(list.length);
    await attempts.make(`change ${list === params ? 'param' : 'blob'} number ${at}`, () => {
      if (random.chance(0.7)) list[at].reshape(otherShape(random, list[at].shape));
      else spoil(random, list[at]);
    });
  }
  attempts.end();
};
