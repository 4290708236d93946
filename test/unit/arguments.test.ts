import test from 'ava';
import {
  Blob,
  checkGradient,
  Checkpoints,
  Classifier,
  coordMap,
  createLayer,
  Detector,
  draw,
  EarlyStopping,
  io,
  math,
  Net,
  NetSpec,
  onLog,
  ReduceLROnPlateau,
  setMode,
  SGDSolver,
  toPrototxt,
  Weights,
} from 'tscaffe';

const text = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 dim: 2 dim: 2 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 2 } }`;
const net = new Net({ text }, 'test');
const weights = Weights.from(net);
const solver = new SGDSolver({ text: `net_param { ${text} } base_lr: 0.1 lr_policy: "fixed" snapshot_prefix: "x"` });
const pooling = createLayer({ type: 'Pooling', poolingParam: { kernelSize: 2 } });
/** As JavaScript passes it, which no type checks. */
const wrong = (value?: unknown): never => value as never;

const options = /^Expected an object of options for options but received null$/;

/** What is called, and what its TypeError says. */
const mistakes: readonly (readonly [name: string, call: () => unknown, message: RegExp])[] = [
  ['copyTo()', () => weights.copyTo(wrong()), /^Expected a Net for net but received undefined$/],
  ['copyTo(3)', () => weights.copyTo(wrong(3)), /^Expected a Net for net but received 3 of type number$/],
  ['rename', () => weights.rename(wrong(Symbol('s')), 'y'), /^Expected a string or a RegExp for pattern but/],
  ['new Weights', () => Reflect.construct(Weights, ['x']) as Weights, /Weights\.from reads them/],
  ['new Database', () => Reflect.construct(io.Database, ['x']) as io.Database, /^Expected Database\.open, Database/],
  ['toProto(null)', () => net.toProto(wrong(null)), options],
  ['toProto({ diff })', () => net.toProto({ diff: wrong('y') }), /^Expected true or false for diff but received "y"/],
  [
    'setInputArrays()',
    () => {
      net.setInputArrays(wrong(), []);
    },
    /^Expected an array of numbers for data but/,
  ],
  [
    'setInputArrays([1, "x"])',
    () => {
      net.setInputArrays([1, wrong('x')], []);
    },
    /^Expected a number for data\[1\]/,
  ],
  ['forward(undefined, null)', () => net.forward(undefined, wrong(null)), options],
  ['forward of BigInts', () => net.forward({ x: wrong(new BigInt64Array(12)) }), /^Expected an array of numbers for x/],
  ['forward to a number', () => net.forward({}, { end: wrong(1) }), /^Expected a string for a layer's name but/],
  ['forward for a text', () => net.forward({}, { blobs: wrong('ip') }), /^Expected an array of strings for blobs but/],
  ['forwardAll()', () => net.forwardAll(wrong()), /^Expected an object of arrays for inputs but/],
  ['new Net(net, phase, null)', () => new Net({ text }, 'test', wrong(null)), options],
  [
    'setParam()',
    () => {
      solver.setParam(wrong());
    },
    /^Expected an object for fields but received undefined$/,
  ],
  ['new Checkpoints()', () => new Checkpoints(wrong()), /^Expected a Solver for solver but/],
  ['new ReduceLROnPlateau(net)', () => new ReduceLROnPlateau(wrong(net)), /^Expected a Solver .* of class Net$/],
  ['new EarlyStopping(null)', () => new EarlyStopping(wrong(null)), options],
  ['coordMap()', () => coordMap.coordMap(wrong()), /^Expected a top's layer for layer but/],
  [
    'compose(1, 2)',
    () => coordMap.compose(wrong(1), wrong(2)),
    /^Expected a map \{ axis, scale, shift \} for base but/,
  ],
  ['inverse', () => coordMap.inverse(wrong({ scale: [1] })), /^Expected an array of numbers for map\.shift but/],
  ['crop', () => coordMap.crop(wrong('x'), wrong('y')), /^Expected a Top for topFrom but/],
  ['getLayerLabel()', () => draw.getLayerLabel(wrong(), 'LR'), /^Expected a LayerParameter, .* for layer but/],
  [
    'gemm()',
    () => {
      math.gemm(wrong());
    },
    /^Expected an object for gemm but received undefined$/,
  ],
  ['oversample()', () => io.oversample(wrong(), [1, 1]), /^Expected an array of images for images but/],
  ['arrays', () => io.arraylistToBlobprotovectorStr(wrong(3)), /^Expected an array of arrays for arrays but/],
  ['new Transformer()', () => new io.Transformer(wrong()), /^Expected an object of shapes for inputs but/],
  [
    'blob.copyFrom',
    () => {
      new Blob(1).copyFrom(new Blob(1), wrong(null));
    },
    options,
  ],
  ['new NetSpec(null)', () => new NetSpec(wrong(null)), /^Expected an object of options for fields but/],
  ['toPrototxt()', () => toPrototxt(wrong()), /^Expected a message object or a NetSpec for message but/],
  ['allowForceBackward()', () => pooling.allowForceBackward(wrong()), /^Expected an integer for bottom but/],
  [
    'setMode({})',
    () => {
      setMode(wrong(Object.create(null)));
    },
    /^Expected 'cpu' or 'gpu' for mode but/,
  ],
  ['onLog(f, null)', () => onLog(() => undefined, wrong(null)), options],
  [
    'checkGradient(null)',
    () => checkGradient(wrong(null), { bottoms: [[1]] }),
    /^Expected \{ type, \.\.\. \} for layer/,
  ],
  ['new Classifier', () => new Classifier({ text }, net.toProto(), wrong(null)), options],
];

for (const [name, call, message] of mistakes) {
  test(`a wrong argument is named by a TypeError that says what was expected: ${name}`, (t) => {
    t.throws(call, { instanceOf: TypeError, message });
  });
}

test('asynchronous functions refuse wrong arguments by a rejected promise', async (t) => {
  await t.throwsAsync(solver.stepAsync(1, wrong(null)), { message: options });
  await t.throwsAsync(solver.stepAsync(1, { signal: wrong('stop') }), {
    message: /^Expected an AbortSignal for signal/,
  });
  await t.throwsAsync(draw.drawNet({ text }, wrong(null)), { message: options });
  const detector = new Detector({ text }, net.toProto());
  await t.throwsAsync(detector.detectWindows(wrong(3)), { message: /^Expected pairs of a file and its windows for/ });
  await t.throwsAsync(
    detector.detectSelectiveSearch(wrong('x.jpg'), () => []),
    { message: /^Expected an array of strings for filenames/ },
  );
  t.is(solver.iter, 0);
});
