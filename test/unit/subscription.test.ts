// What every callback, hook and listener of the log is undone with.
import test from 'ava';
import { log, Net, onLog, SGDSolver, type Subscription } from 'tscaffe';
import { onParabola, weight } from './parabola.js';

const text = `
force_backward: true
layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 } } }`;
const nothing = (): void => undefined;

interface Subscribed {
  subscription: Subscription;
  /** Makes happen what is listened to, once. */
  happen: () => void;
  dispose: () => void;
}

type Subscribe = (told: () => void) => Subscribed;

function ofNet(subscribe: (net: Net, told: () => void) => Subscription): Subscribe {
  return (told) => {
    const net = new Net({ text }, 'test');
    const happen = (): void => {
      net.forward({ x: [NaN] });
      net.backward();
    };
    return {
      subscription: subscribe(net, told),
      happen,
      dispose: () => {
        net.dispose();
      },
    };
  };
}

function ofSolver(subscribe: (solver: SGDSolver, told: () => void) => Subscription): Subscribe {
  return (told) => {
    const solver = new SGDSolver(onParabola('base_lr: 0.5 lr_policy: "fixed"'));
    const happen = (): void => {
      weight(solver);
      solver.step(1);
    };
    return {
      subscription: subscribe(solver, told),
      happen,
      dispose: () => {
        solver.dispose();
      },
    };
  };
}

const all: Record<string, Subscribe> = {
  'net.beforeForward': ofNet((net, told) => net.beforeForward(told)),
  'net.afterForward': ofNet((net, told) => net.afterForward(told)),
  'net.beforeBackward': ofNet((net, told) => net.beforeBackward(told)),
  'net.afterBackward': ofNet((net, told) => net.afterBackward(told)),
  'net.onNaN': ofNet((net, told) => net.onNaN(told)),
  'solver.addCallback (onStart)': ofSolver((solver, told) => solver.addCallback(told, nothing)),
  'solver.addCallback (onGradientsReady)': ofSolver((solver, told) => solver.addCallback(nothing, told)),
  onLog: (told) => ({
    subscription: onLog(({ text: line }) => {
      if (line.includes('said by the test')) told();
    }),
    happen: () => {
      log('said by the test');
    },
    dispose: nothing,
  }),
};

for (const [name, subscribe] of Object.entries(all)) {
  test.serial(`${name} gives a function that undoes it, twice is fine`, (t) => {
    let told = 0;
    const { subscription, happen, dispose } = subscribe(() => told++);
    happen();
    t.is(told, 1);
    subscription();
    subscription();
    happen();
    t.is(told, 1);
    dispose();
    t.notThrows(subscription);
  });

  test.serial(`using undoes ${name} at the end of its block`, (t) => {
    let told = 0;
    const { subscription, happen, dispose } = subscribe(() => told++);
    {
      using undo = subscription;
      happen();
      t.is(told, 1);
      t.is(typeof undo, 'function');
    }
    happen();
    t.is(told, 1);
    dispose();
  });
}

test.serial('solver.onNaN is undone for all of its nets', (t) => {
  using solver = new SGDSolver(
    onParabola('base_lr: 0.5 lr_policy: "fixed" test_iter: 1 test_interval: 100 test_initialization: false'),
  );
  let told = 0;
  const happen = (): void => {
    weight(solver, NaN);
    solver.net.forward();
    solver.test();
  };
  const subscription = solver.onNaN(() => told++);
  happen();
  t.is(told, 2);
  subscription[Symbol.dispose]();
  subscription();
  happen();
  t.is(told, 2);
});
