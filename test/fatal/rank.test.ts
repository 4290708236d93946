// What is different where the solver's rank is not 0. Caffe does not log which layer it makes there: errors name it all
// the same.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CaffeError, Net, setSolverRank, Solver } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { onParabola } from '../unit/parabola.js';

const data = 'layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 3 } } }';
const good = 'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 2 } }';
const loss = 'layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "y" top: "loss" }';

interface Mistake {
  what: string;
  make: () => unknown;
  layer: string | undefined;
  line: number | undefined;
  during?: 'setup';
}

const net = (...layers: string[]): (() => Net) => {
  const text = layers.join('\n');
  return () => new Net({ text, file: 'net.prototxt' }, 'train');
};

const mistakes: Mistake[] = [
  {
    what: 'a parameter that a layer refuses',
    make: net(data, good.replace('num_output: 2', 'num_output: 2 axis: 9')),
    layer: 'ip',
    line: 2,
    during: 'setup',
  },
  { what: 'an unknown type', make: net(data, good, loss.replace('EuclideanLoss', 'Nope')), layer: 'loss', line: 3 },
  {
    what: 'propagate_down for more bottoms than there are',
    make: net(data, good.replace('bottom:', 'propagate_down: true propagate_down: true bottom:')),
    layer: undefined,
    line: undefined,
  },
  {
    what: 'a momentum that the update rule has not',
    make: () =>
      new Solver({
        text: `net_param { ${data} ${good} ${loss} } type: "AdaGrad" base_lr: 1 momentum: 0.9`,
        file: 'solver.prototxt',
      }),
    layer: undefined,
    line: undefined,
  },
];

for (const rank of [0, 1]) {
  for (const { what, make, layer, line, during } of mistakes) {
    test.serial(`for a solver of rank ${rank}, ${what} is an error that says the same`, (t) => {
      setSolverRank(rank);
      t.teardown(() => {
        setSolverRank(0);
      });
      const error = t.throws(make, { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' });
      t.is(error.layer, layer);
      t.is(error.line, line);
      if (during !== undefined) t.is(error.during, during);
    });
  }
}

// As in Caffe's own solver: all ranks have one prefix, and would overwrite each other's files.
for (const { rank, due } of [
  { rank: 0, due: ['w_iter_2.solverstate', 'w_iter_4.solverstate'] },
  { rank: 1, due: [] },
]) {
  const runs: Record<string, (solver: Solver) => Promise<void>> = {
    step: (solver) => {
      solver.step(4);
      return Promise.resolve();
    },
    stepAsync: (solver) => solver.stepAsync(4),
  };
  for (const [name, run] of Object.entries(runs)) {
    test.serial(
      `${name} of rank ${rank} takes ${due.length} snapshots that are due, and any that is asked for`,
      async (t) => {
        const folder = scratchFolder(t);
        const states = (): string[] => readdirSync(folder).filter((file) => file.endsWith('.solverstate'));
        setSolverRank(rank);
        t.teardown(() => {
          setSolverRank(0);
        });
        using solver = new Solver(
          onParabola(`base_lr: 0.5 lr_policy: "fixed" snapshot: 2 snapshot_prefix: "${join(folder, 'w')}"`),
        );
        let told = 0;
        solver.on('snapshot', () => told++);
        await run(solver);
        t.deepEqual(states(), due);
        t.is(told, due.length);
        solver.step(1);
        solver.snapshot();
        t.deepEqual(states(), [...due, 'w_iter_5.solverstate']);
        t.is(told, due.length + 1);
      },
    );
  }
}

test.serial("to solve to max_iter is the root solver's alone, and takes its last snapshot", async (t) => {
  const folder = scratchFolder(t);
  const make = (): Solver =>
    new Solver(onParabola(`base_lr: 0.5 lr_policy: "fixed" max_iter: 3 snapshot_prefix: "${join(folder, 'w')}"`));
  t.teardown(() => {
    setSolverRank(0);
  });
  setSolverRank(1);
  using other = make();
  const refused = {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_CHECK',
    message: /root_solver.*call step\(\) on the others/,
  };
  t.throws(() => {
    other.solve();
  }, refused);
  await t.throwsAsync(other.solveAsync(), refused);
  t.deepEqual(readdirSync(folder), []);
  setSolverRank(0);
  using root = make();
  root.solve();
  t.deepEqual(readdirSync(folder).sort(), ['w_iter_3.caffemodel', 'w_iter_3.solverstate']);
});
