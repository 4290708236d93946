// What TypeScript must take and must refuse as the source of a net or solver: `npm run typecheck` compiles it. A line
// below @ts-expect-error that is right after all is an error.
import {
  draw,
  getSolver,
  layers,
  Net,
  NetSpec,
  readNet,
  readSolver,
  Solver,
  toProto,
  toPrototxt,
  type SolverParameter,
  type Source,
} from 'tscaffe';

const bytes = new Uint8Array();
const pool = { name: 'pool', type: 'Pooling', bottom: ['x'], top: ['y'], poolingParam: { pool: 'MAX', kernelSize: 2 } };
const message = { name: 'net', layer: [pool] };

// -- Nets -------------------------------------------------------------------------------------------------------------

new Net('net.prototxt', 'test');
new Net({ text: '' }, 'test');
new Net({ text: '', file: 'net.prototxt' }, 'test');
new Net(bytes, 'test');
new Net(message, 'test');
new Net({ layer: [{ name: 'x', type: 'Input', top: ['x'], inputParam: { shape: [{ dim: [1, 2] }] } }] }, 'test');
new Net({ name: undefined, forceBackward: null, layer: [] }, 'test');
new Net(new NetSpec(), 'test');
new Net(toProto(layers.DummyData({ shape: { dim: 1 } })), 'test');
new Net(layers.DummyData({ shape: { dim: 1 } }), 'test');
new Net(readNet('net.prototxt'), 'test');
new Net({ name: 'cut', layer: readNet(message).layer.slice(1) }, 'test');
new Net(new Net('net.prototxt', 'train'), 'test');
draw.getDotGraph(message);
const source: Source = message;
new Net(source, 'test');

// @ts-expect-error a number is no source
new Net(5, 'test');
// @ts-expect-error an array of numbers
new Net([1, 2], 'test');
// @ts-expect-error an array of layers
new Net([pool], 'test');
// @ts-expect-error floats are no bytes
new Net(new Float32Array(4), 'test');
// @ts-expect-error a map is no net
new Net(new Map([['name', 'net']]), 'test');
// @ts-expect-error a promise of a net
new Net(Promise.resolve(message), 'test');
// @ts-expect-error a field that no net has
new Net({ name: 'net', layer: [pool], forceBackwards: true }, 'test');
// @ts-expect-error a field in snake_case
new Net({ layer: [{ name: 'x', type: 'Input', input_param: {} }] }, 'test');
// @ts-expect-error text for a number
new Net({ layer: [{ type: 'Pooling', poolingParam: { kernelSize: '2' } }] }, 'test');
// @ts-expect-error one layer, not an array of layers
new Net({ layer: pool }, 'test');
// @ts-expect-error a solver is no net
new Net({ baseLr: 0.1, netParam: message }, 'test');
// @ts-expect-error text that is no text
new Net({ text: 5 }, 'test');

// -- Solvers ----------------------------------------------------------------------------------------------------------

new Solver('solver.prototxt');
new Solver({ net: 'net.prototxt', baseLr: 0.1, lrPolicy: 'fixed', solverMode: 'CPU', snapshotFormat: 'HDF5' });
new Solver({ netParam: message, baseLr: 0.1, testState: [{ stage: ['a'] }], testIter: [1] });
new Solver(readSolver({ text: '' }));
getSolver(bytes);
const parameter: SolverParameter = { baseLr: 0.1, solverMode: 'CPU', snapshotFormat: 'HDF5', netParam: message };
new Solver(parameter).setParam({ momentum: 0.5 });
const living: number = new Solver(parameter).param.maxIter;
toPrototxt(parameter, 'SolverParameter');
toPrototxt(new Solver(parameter).param, 'SolverParameter');
toPrototxt(readSolver(bytes), 'SolverParameter');
toPrototxt({ name: String(living), layer: [pool] });
toPrototxt(message, 'NetParameter');
toPrototxt(readNet(bytes));
toPrototxt(new NetSpec());
toPrototxt(toProto(layers.DummyData({ shape: { dim: 1 } })));
const solverSource: Source<'SolverParameter'> = { baseLr: 0.1 };
new Solver(solverSource);

// @ts-expect-error a number is no source
new Solver(0.1);
// @ts-expect-error a list of solvers
new Solver(['solver.prototxt']);
// @ts-expect-error the field is baseLr
new Solver({ lr: 0.1 });
// @ts-expect-error a net's layers
new Solver({ layer: [pool] });
// @ts-expect-error text for a number
new Solver({ baseLr: '0.1' });
// @ts-expect-error no such field of a solver
const misspelt: SolverParameter = { baseLR: 0.1 };
toPrototxt(misspelt, 'SolverParameter');
// @ts-expect-error no such field of a net
toPrototxt({ nam: 'net' });
// @ts-expect-error a solver is no net
toPrototxt({ baseLr: 0.1 });
// @ts-expect-error a net is no solver
toPrototxt({ name: 'net', layer: [pool] }, 'SolverParameter');
