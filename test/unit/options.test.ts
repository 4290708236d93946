// What is misspelt in an object of options would be ignored, so it is an error that names the nearest.
import { join } from 'node:path';
import test from 'ava';
import {
  Blob,
  checkGradient,
  Checkpoints,
  Classifier,
  createLayer,
  Detector,
  draw,
  EarlyStopping,
  io,
  Layer,
  math,
  Net,
  onLog,
  ReduceLROnPlateau,
  registerLayer,
  SGDSolver,
} from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const text = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 3 dim: 2 dim: 2 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 2 } }`;
const net = new Net({ text }, 'test');
const solver = new SGDSolver({ text: `net_param { ${text} } base_lr: 0.1 lr_policy: "fixed" snapshot_prefix: "x"` });
const pooling = createLayer({ type: 'Pooling', poolingParam: { kernelSize: 2 } });
const inputs = { x: new Float32Array(12) };
/** As JavaScript passes it, which no type checks. */
const given = (options: object): never => options as never;

class Learning extends Layer {
  override setup(): void {
    this.addBlob([1], given({ lrmult: 2 }));
  }
  override reshape(): void {
    // No tops.
  }
  override forward(): void {
    // No tops.
  }
  override backward(): void {
    // No tops.
  }
}
registerLayer('LearningMisspelt', Learning);

/** What is called, and the two names of its error. */
const misspelt: readonly (readonly [call: string, run: () => unknown, wrong: string, right: string])[] = [
  ['new Net', () => new Net({ text }, 'test', given({ weigths: 'x' })), 'weigths', 'weights'],
  ['new Classifier', () => new Classifier({ text }, net.toProto(), given({ raw_scale: 255 })), 'raw_scale', 'rawScale'],
  ['new Detector', () => new Detector({ text }, net.toProto(), given({ context_pad: 1 })), 'context_pad', 'contextPad'],
  ['net.forward', () => net.forward(inputs, given({ strat: 'ip' })), 'strat', 'start'],
  ['net.backward', () => net.backward(undefined, given({ ends: 'ip' })), 'ends', 'end'],
  ['net.forwardAll', () => net.forwardAll(inputs, given({ blob: ['ip'] })), 'blob', 'blobs'],
  ['net.forwardAll, end', () => net.forwardAll(inputs, given({ Blobs: ['ip'] })), 'Blobs', 'blobs'],
  ['net.forwardBackwardAll', () => net.forwardBackwardAll(inputs, undefined, given({ dif: ['x'] })), 'dif', 'diffs'],
  ['net.toProto', () => net.toProto(given({ diffs: true })), 'diffs', 'diff'],
  [
    'net.saveHDF5',
    () => {
      net.saveHDF5('never.h5', given({ diffs: true }));
    },
    'diffs',
    'diff',
  ],
  ['layer.toProto', () => pooling.toProto(given({ diffs: true })), 'diffs', 'diff'],
  ['blob.toProto', () => new Blob(1).toProto(given({ diffs: true })), 'diffs', 'diff'],
  [
    'blob.copyFrom',
    () => {
      new Blob(1).copyFrom(new Blob(1), given({ reshap: true }));
    },
    'reshap',
    'reshape',
  ],
  [
    'solver.restore',
    () => {
      solver.restore('x', given({ source: false }));
    },
    'source',
    'sources',
  ],
  ['new Checkpoints', () => new Checkpoints(solver, given({ lasts: 3 })), 'lasts', 'last'],
  ['new EarlyStopping', () => new EarlyStopping(given({ patence: 3 })), 'patence', 'patience'],
  ['new ReduceLROnPlateau', () => new ReduceLROnPlateau(solver, given({ min_lr: 0.1 })), 'min_lr', 'minLr'],
  ['onLog', () => onLog(() => undefined, given({ severty: 'info' })), 'severty', 'severity'],
  ['draw.getDotGraph', () => draw.getDotGraph({ text }, given({ rankDirs: 'TB' })), 'rankDirs', 'rankdir'],
  ['checkGradient', () => checkGradient({ type: 'Power' }, given({ bottoms: [[2]], sed: 3 })), 'sed', 'seed'],
  [
    'checkGradient, check',
    () => checkGradient({ type: 'Power' }, { bottoms: [[2]], check: given({ bottom: [0] }) }),
    'bottom',
    'bottoms',
  ],
  ['io.Database.open', () => io.Database.open('x', given({ backends: 'lmdb' })), 'backends', 'backend'],
  ['io.Database.append', () => io.Database.append('x', given({ backends: 'lmdb' })), 'backends', 'backend'],
  ['io.Database.create', () => io.Database.create('x', given({ backends: 'lmdb' })), 'backends', 'backend'],
  [
    'math.gemm',
    () => {
      math.gemm(given({ transa: true, m: 1, n: 1, k: 1, a: new Float32Array(1), b: net.blobs['x'] }));
    },
    'transa',
    'transA',
  ],
  [
    'math.gemv',
    () => {
      math.gemv(given({ transa: true, m: 1, n: 1 }));
    },
    'transa',
    'transA',
  ],
  [
    'addBlob',
    () => {
      createLayer({ type: 'LearningMisspelt' }).setup([], []);
    },
    'lrmult',
    'lrMult',
  ],
];

for (const [call, run, wrong, right] of misspelt) {
  test(`an option that ${call} does not know is a TypeError that names the nearest`, (t) => {
    t.throws(run, { instanceOf: TypeError, message: new RegExp(`there is no ${wrong}; did you mean ${right}\\?`) });
  });
}

test('asynchronous functions reject options that they do not know', async (t) => {
  const message = /there is no signl; did you mean signal\?/;
  await t.throwsAsync(solver.stepAsync(1, given({ signl: undefined })), { instanceOf: TypeError, message });
  await t.throwsAsync(solver.solveAsync(given({ signl: undefined })), { instanceOf: TypeError, message });
  await t.throwsAsync(solver.testAsync(0, given({ signl: undefined })), { instanceOf: TypeError, message });
  await t.throwsAsync(solver.train(given({ signl: undefined })).next(), { instanceOf: TypeError, message });
  await t.throwsAsync(solver.train(given({ iteration: 5 })).next(), { message: /did you mean iterations\?/ });
  await t.throwsAsync(Net.create({ text }, 'test', given({ weigths: 'x' })), { message: /did you mean weights\?/ });
  await t.throwsAsync(net.forwardAsync(inputs, given({ ends: 'ip' })), { message: /did you mean end\?/ });
  await t.throwsAsync(net.backwardAsync(undefined, given({ ends: 'ip' })), { message: /did you mean end\?/ });
  await t.throwsAsync(net.forwardAllAsync(inputs, given({ blob: [] })), { message: /did you mean blobs\?/ });
  await t.throwsAsync(draw.drawNet({ text }, given({ formats: 'svg' })), { message: /did you mean format\?/ });
  const file = join(scratchFolder(t), 'net.dot');
  // The file's name says the format.
  await t.throwsAsync(draw.drawNetToFile({ text }, file, given({ format: 'svg' })), { message: /there is no format/ });
  t.is(solver.iter, 0);
});

test('an option that is far from all others is answered with the list of them', (t) => {
  t.throws(() => net.toProto(given({ everything: 1 })), {
    instanceOf: TypeError,
    message: /^options: there is no everything; there are diff$/,
  });
  // Checkpoints took it from the other classes of its kind, and ignored it.
  t.throws(() => new Checkpoints(solver, given({ minDelta: 1 })), { message: /there is no minDelta; there are last/ });
});

test('a source with a misspelt file is a TypeError that names it', (t) => {
  const source = { text: 'layer { name: "x" type: "DummyData" top: "x" }', fil: 'x.prototxt' };
  t.throws(() => new Net(source, 'test'), { instanceOf: TypeError, message: /there is no fil; did you mean file\?/ });
});
