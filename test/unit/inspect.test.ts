// What console.log prints.
import { inspect } from 'node:util';
import test from 'ava';
import { Blob, Net, SGDSolver, Solver } from 'tscaffe';

test('a blob prints its shape, its range and its first values, as the shortest decimals', (t) => {
  const blob = new Blob(2, 2);
  blob.data.set([0.1, 2, -3, 1e-7]);
  t.is(inspect(blob), 'Blob(2, 2) { min: -3, max: 2, data: [ 0.1, 2, -3, 1e-7 ] }');
  t.is(inspect(new Blob(1000)), 'Blob(1000) { min: 0, max: 0, data: [ 0, 0, 0, 0, 0, 0, ... 994 more items ] }');
  t.is(inspect(new Blob(7), { maxArrayLength: 2 }), 'Blob(7) { min: 0, max: 0, data: [ 0, 0, ... 5 more items ] }');
  t.is(inspect(new Blob()), 'Blob() { min: 0, max: 0, data: [ 0 ] }');
  t.is(inspect(new Blob(0, 3)), 'Blob(0, 3) { data: [] }');
});

test('values that are no numbers are counted, and are not of the range', (t) => {
  const blob = new Blob(4);
  blob.data.set([NaN, 1, NaN, Infinity]);
  t.is(inspect(blob), 'Blob(4) { min: 1, max: Infinity, nan: 2, data: [ NaN, 1, NaN, Infinity ] }');
  blob.data.fill(NaN);
  t.is(inspect(blob), 'Blob(4) { nan: 4, data: [ NaN, NaN, NaN, NaN ] }');
});

test('lines are as long as asked for, colours are Node’s, and what lies deep is named', (t) => {
  const blob = new Blob(1);
  t.is(inspect(blob, { breakLength: 20 }), 'Blob(1) {\n  min: 0,\n  max: 0,\n  data: [ 0 ]\n}');
  const zero = inspect(0, { colors: true });
  t.is(inspect(blob, { colors: true }), `Blob(1) { min: ${zero}, max: ${zero}, data: [ ${zero} ] }`);
  t.is(inspect([[[blob]]]), '[ [ [ [Blob(1)] ] ] ]'.replace('[Blob(1)]', inspect(blob, { depth: -1 })));
  t.is(inspect({ a: [[blob]] }, { depth: 1 }), '{ a: [ [Array] ] }');
  t.is(inspect([blob], { depth: 0 }), '[ [Blob(1)] ]');
});

const text = `name: "Small"
  layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 4 } }
  layer { name: "relu" type: "ReLU" bottom: "ip" top: "ip" }
  layer { name: "slice" type: "Slice" bottom: "ip" top: "a" top: "b" slice_param { slice_dim: 1 } }`;

test('a net prints a line for each layer, with the shapes of tops and learnable blobs', async (t) => {
  const net = new Net({ text }, 'test');
  const whole = [
    'Net Small {',
    '  data  Input        -> data 2×3',
    '  ip    InnerProduct data -> ip 2×4 learns 4×3, 4',
    '  relu  ReLU         ip -> ip 2×4',
    '  slice Slice        ip -> a 2×2, b 2×2',
    '  inputs: data',
    '  outputs: a, b',
    '}',
  ].join('\n');
  t.is(inspect(net), whole);
  t.is(inspect({ net }), `{\n  net: ${whole.replaceAll('\n', '\n  ')}\n}`);
  t.is(inspect([net], { depth: 0 }), '[ [Net Small] ]');
  const short = inspect(net, { breakLength: 30, maxArrayLength: 2 }).split('\n');
  t.deepEqual(short.slice(3, 6), ['  ip   InnerProduct data ->', '    ip 2×4 learns 4×3, 4', '  ... 2 more layers']);
  const running = net.forwardAsync();
  t.is(inspect(net.blobs['data']), '[Blob of a net that runs]');
  t.true(inspect(net).startsWith('Net Small {\n  data  Input        -> data\n'));
  await running;
  t.is(inspect(net), whole);
  net.dispose();
  t.true(inspect(net).startsWith('Net Small {\n'));
});

test('a solver prints how far it is, its rate and its loss, also while it runs and when it is disposed', async (t) => {
  const net = {
    name: 'Two',
    layer: [
      {
        name: 'x',
        type: 'DummyData',
        top: ['x'],
        dummyDataParam: { shape: [{ dim: [1, 1] }], dataFiller: [{ value: 2 }] },
      },
      { name: 'ip', type: 'InnerProduct', bottom: ['x'], top: ['ip'], innerProductParam: { numOutput: 1 } },
      { name: 'loss', type: 'EuclideanLoss', bottom: ['ip', 'x'], top: ['loss'] },
    ],
  };
  const solver = new SGDSolver({ netParam: net, baseLr: 0.01, lrPolicy: 'fixed', maxIter: 10, testIter: [1], testInterval: 9, testInitialization: false }); // prettier-ignore
  const lines = (loss: string, iter: number): string[] => [
    'SGDSolver {',
    "  type: 'SGD',",
    `  iter: ${iter},`,
    '  maxIter: 10,',
    '  lr: 0.01,',
    `  loss: ${loss},`,
    `  smoothedLoss: ${loss},`,
    '  net: [Net Two],',
    '  testNets: [ [Net Two] ]',
    '}',
  ];
  t.deepEqual(inspect(solver).split('\n'), lines('NaN', 0));
  solver.step(1);
  // (0 - 2)^2 / 2, as the weights begin at 0.
  t.deepEqual(inspect(solver).split('\n'), lines('2', 1));
  const running = solver.stepAsync(1);
  t.regex(inspect(solver), /^SGDSolver \{\n {2}iter: [12],\n {2}lr: 0\.01,\n/);
  await running;
  t.is(inspect([solver], { depth: 0 }), '[ [SGDSolver] ]');
  solver.dispose();
  t.true(inspect(solver).startsWith('SGDSolver {'));
});

test('the classes’ prototypes print, too', (t) => {
  for (const { prototype } of [Blob, Net, Solver]) t.regex(inspect(prototype), /^\w+ \{|^\[Blob/);
});
