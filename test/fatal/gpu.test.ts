// Asking a CPU-only libcaffe for a GPU, in each of the ways in which one can.
import test from 'ava';
import {
  Blob,
  CaffeError,
  cuda,
  deviceCount,
  deviceQuery,
  getMode,
  hasGpu,
  Net,
  setDevice,
  setMode,
  Solver,
} from 'tscaffe';
import { assertGoodTraining, goodNet } from './good-net.js';

const solver = `net_param { ${goodNet} } base_lr: 1 lr_policy: "fixed"`;

for (const { what, ask } of [
  {
    what: "setMode('gpu')",
    ask: () => {
      setMode('gpu');
    },
  },
  {
    what: 'setDevice(0)',
    ask: () => {
      setDevice(0);
    },
  },
  { what: 'deviceCount()', ask: () => deviceCount() },
  { what: 'deviceQuery()', ask: () => deviceQuery() },
  { what: 'blob.gpuData', ask: () => new Blob(2).gpuData },
  { what: 'blob.mutableGpuData', ask: () => new Blob(2).mutableGpuData },
  { what: 'blob.gpuDiff', ask: () => new Blob(2).gpuDiff },
  { what: 'blob.mutableGpuDiff', ask: () => new Blob(2).mutableGpuDiff },
  { what: 'net.transfers()', ask: () => new Net({ text: goodNet }, 'train').transfers() },
  {
    what: 'net.clearTransfers()',
    ask: () => {
      new Net({ text: goodNet }, 'train').clearTransfers();
    },
  },
  { what: 'cuda.compile(...)', ask: () => cuda.compile('', { name: 'k' }) },
  {
    what: 'cuda.synchronize()',
    ask: () => {
      cuda.synchronize();
    },
  },
  { what: 'solver_mode: GPU', ask: () => new Solver({ text: `${solver} solver_mode: GPU` }) },
  {
    what: 'solver_mode: GPU with a device_id',
    ask: () => new Solver({ text: `${solver} solver_mode: GPU device_id: 3` }),
  },
  {
    what: 'a solver message with solverMode GPU',
    ask: () => new Solver({ netParam: {}, solverMode: 'GPU' }),
  },
]) {
  (hasGpu ? test.skip : test)(`${what} is ERR_CAFFE_NO_GPU, and what computes stays the CPU`, (t) => {
    const error = t.throws(ask, { instanceOf: CaffeError, code: 'ERR_CAFFE_NO_GPU' });
    t.regex(error?.message ?? '', /built without CUDA \(CPU_ONLY\).*CAFFE_ROOT/);
    t.is(getMode(), 'cpu');
    assertGoodTraining(t);
  });
}

(hasGpu ? test.skip : test)('engine: CUDNN is an error of its layer, with what helps', (t) => {
  const text = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } }
    layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 1 kernel_size: 1 engine: CUDNN } }`;
  const error = t.throws(() => new Net({ text, file: 'net.prototxt' }, 'test'), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_NO_GPU',
  }) as CaffeError | undefined;
  t.is(error?.layer, 'conv');
  t.is(error?.line, 2);
  assertGoodTraining(t);
});
