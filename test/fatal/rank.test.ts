// Where the solver's rank is not 0, Caffe does not log which layer it makes: errors name it all the same.
import test from 'ava';
import { CaffeError, Net, setSolverRank, Solver } from 'tscaffe';

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
    test(`for a solver of rank ${rank}, ${what} is an error that says the same`, (t) => {
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
