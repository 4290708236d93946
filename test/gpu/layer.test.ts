import type { Blob } from 'tscaffe';
import { checkGradient, CaffeError, createLayer, cuda, Layer, math, Net, setMode } from 'tscaffe';
import { Copy, input, register } from '../unit/copy-layer.js';
import { agree, hasDevice, onGpu } from './gpu.js';

if (hasDevice) setMode('gpu');

/** Doubles on the GPU; on the CPU it would give something else. */
class Double extends Layer {
  override reshape([x]: readonly Blob[], [y]: readonly Blob[]): void {
    y.reshapeLike(x);
  }
  override forward(_bottom: readonly Blob[], [y]: readonly Blob[]): void {
    y.data.fill(-1);
  }
  override forwardGpu([x]: readonly Blob[], [y]: readonly Blob[]): void | Promise<void> {
    math.scale(2, x.gpuData, y.mutableGpuData);
  }
  override backwardGpu([y]: readonly Blob[], propagateDown: readonly boolean[], [x]: readonly Blob[]): void {
    if (propagateDown[0]) math.scale(2, y.gpuDiff, x.mutableGpuDiff);
  }
}

const chain = (...types: string[]): string =>
  `force_backward: true ${input('x')} ${types
    .map(
      (type, i) =>
        `layer { name: "l${i}" type: "${type}" bottom: "${i === 0 ? 'x' : `y${i - 1}`}" top: "y${i}" power_param { scale: 3 } }`,
    )
    .join(' ')}`;

onGpu('in GPU mode forwardGpu and backwardGpu are called, and nothing is copied between layers', (t) => {
  using net = new Net({ text: chain('Power', register(Double), 'Power') }, 'test');
  t.deepEqual([...net.forward({ x: [1, 2] })['y2']], [18, 36]);
  t.deepEqual([...net.backward({ y2: [1, 10] })['x']], [18, 180]);
  net.clearTransfers();
  net.forward();
  net.backward();
  // The top and the bottom's diff come back to be returned: 2 floats each.
  t.deepEqual(
    net.transfers().causes.map(({ layer, blob, values, direction, bytes }) => [layer, blob, values, direction, bytes]),
    [
      [undefined, 'x', 'diff', 'toHost', 8],
      [undefined, 'y2', 'data', 'toHost', 8],
    ],
    String(net.transfers()),
  );
});

onGpu('a layer without methods for the GPU is served by those for the CPU, and the copies are counted', (t) => {
  using net = new Net({ text: chain('Power', register(Copy), 'Power') }, 'test');
  t.deepEqual([...net.forward({ x: [1, 2] })['y2']], [9, 18]);
  t.deepEqual([...net.backward({ y2: [1, 10] })['x']], [9, 90]);
  net.clearTransfers();
  net.forward();
  const { causes, toHost, toDevice } = net.transfers();
  t.deepEqual(
    causes.filter(({ layer }) => layer !== undefined),
    [
      { layer: 'l1', during: 'forward', blob: 'y0', values: 'data', direction: 'toHost', bytes: 8, copies: 1 },
      { layer: 'l2', during: 'forward', blob: 'y1', values: 'data', direction: 'toDevice', bytes: 8, copies: 1 },
    ],
    String(net.transfers()),
  );
  t.is(toHost, 16); // with the output
  t.is(toDevice, 8);
});

onGpu('cpuData in a layer copies once and leaves the GPU its values; data takes them away', (t) => {
  let look = (blob: Blob): Float32Array => blob.cpuData;
  class Look extends Double {
    override forwardGpu(bottom: readonly Blob[], top: readonly Blob[]): void {
      t.deepEqual([...look(bottom[0])], [3, 6]);
      t.deepEqual([...look(bottom[0])], [3, 6]);
      void super.forwardGpu(bottom, top);
    }
  }
  using net = new Net({ text: chain('Power', register(Look)) }, 'test');
  net.forward({ x: [1, 2] });
  const during = (): unknown[] => {
    net.clearTransfers();
    net.forward();
    return net
      .transfers()
      .causes.filter(({ layer }) => layer === 'l1')
      .map(({ blob, direction, copies }) => [blob, direction, copies]);
  };
  t.deepEqual(during(), [['y0', 'toHost', 1]]);
  look = (blob) => blob.data;
  t.deepEqual(during(), [
    ['y0', 'toDevice', 1],
    ['y0', 'toHost', 1],
  ]);
});

onGpu("one of Caffe's own layers inside of one's own stays on the GPU", (t) => {
  class Inner extends Layer {
    private readonly softmax = createLayer({ type: 'Softmax' });
    override setup(bottom: readonly Blob[], top: readonly Blob[]): void {
      this.softmax.setup(bottom, top);
    }
    override reshape(bottom: readonly Blob[], top: readonly Blob[]): void {
      this.softmax.reshape(bottom, top);
    }
    override forward(): void {
      throw new Error('not on the CPU');
    }
    override forwardGpu(bottom: readonly Blob[], top: readonly Blob[]): void {
      this.softmax.forward(bottom, top);
    }
  }
  const text = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
    layer { name: "relu" type: "ReLU" bottom: "x" top: "r" }
    layer { name: "inner" type: "${register(Inner)}" bottom: "r" top: "y" }`;
  using net = new Net({ text }, 'test');
  t.true(agree(net.forward({ x: [0, Math.log(3)] })['y'], [0.25, 0.75]));
  net.clearTransfers();
  net.forward();
  t.deepEqual(
    net.transfers().causes.map(({ layer }) => layer),
    [undefined],
    String(net.transfers()),
  );
});

onGpu('what forwardGpu and backwardGpu throw comes out, and the net stays usable', (t) => {
  let thrown: unknown;
  class Fails extends Double {
    override forwardGpu(bottom: readonly Blob[], top: readonly Blob[]): void {
      if (thrown !== undefined) throw thrown as Error;
      void super.forwardGpu(bottom, top);
    }
    override backwardGpu(): void {
      throw thrown as Error;
    }
  }
  using net = new Net({ text: chain(register(Fails)) }, 'test');
  net.forward({ x: [1, 2] });
  for (const value of [new Error('mine'), 'text', null]) {
    thrown = value;
    let caught: unknown = 'nothing';
    for (const run of [() => net.forward(), () => net.backward({ y0: [1, 1] })]) {
      try {
        run();
      } catch (error) {
        caught = error;
      }
      t.is(caught, value);
    }
  }
  thrown = undefined;
  t.deepEqual([...net.forward({ x: [1, 2] })['y0']], [2, 4]);
});

onGpu(
  'a promise from forwardGpu is waited for in an asynchronous call and an error in a synchronous one',
  async (t) => {
    class Later extends Double {
      override async forwardGpu(bottom: readonly Blob[], top: readonly Blob[]): Promise<void> {
        await new Promise((resolve) => setTimeout(resolve, 5));
        void super.forwardGpu(bottom, top);
      }
    }
    using net = new Net({ text: chain('Power', register(Later), 'Power') }, 'test');
    t.deepEqual([...(await net.forwardAsync({ x: [1, 2] }))['y2']], [18, 36]);
    t.throws(() => net.forward(), { instanceOf: CaffeError, message: /forwardGpu\(\) returned a promise/ });
  },
);

onGpu('in an asynchronous call the callbacks of a GPU net run on the GPU, whatever the mode has become', async (t) => {
  using net = new Net({ text: chain('Power', register(Double), 'Power') }, 'test');
  net.clearTransfers();
  const running = net.forwardAsync({ x: [1, 2] });
  setMode('cpu');
  try {
    t.deepEqual([...(await running)['y2']], [18, 36]);
  } finally {
    setMode('gpu');
  }
  t.deepEqual(
    net.transfers().causes.map(({ layer, blob, direction }) => [layer, blob, direction]),
    [
      [undefined, 'y2', 'toHost'],
      ['l0', 'x', 'toDevice'],
    ],
    String(net.transfers()),
  );
});

onGpu('a kernel in a layer: its gradient is right', (t) => {
  class Cube extends Layer {
    private kernels?: Record<'forward' | 'backward', cuda.Kernel>;
    override reshape([x]: readonly Blob[], [y]: readonly Blob[]): void {
      y.reshapeLike(x);
    }
    override forward(): void {
      throw new Error('not on the CPU');
    }
    private get compiled(): Record<'forward' | 'backward', cuda.Kernel> {
      const source = `
        extern "C" __global__ void forward(const float* x, float* y, int n) {
          int i = blockIdx.x * blockDim.x + threadIdx.x;
          if (i < n) y[i] = x[i] * x[i] * x[i];
        }
        extern "C" __global__ void backward(const float* x, const float* dy, float* dx, int n) {
          int i = blockIdx.x * blockDim.x + threadIdx.x;
          if (i < n) dx[i] = 3 * x[i] * x[i] * dy[i];
        }`;
      return (this.kernels ??= {
        forward: cuda.compile(source, { name: 'forward' }),
        backward: cuda.compile(source, { name: 'backward' }),
      });
    }
    override forwardGpu([x]: readonly Blob[], [y]: readonly Blob[]): void {
      this.compiled.forward.launch({ grid: 1, block: 64 }, [x.gpuData, y.mutableGpuData, cuda.i32(x.count)]);
    }
    override backwardGpu([y]: readonly Blob[], _propagateDown: readonly boolean[], [x]: readonly Blob[]): void {
      const args = [x.gpuData, y.gpuDiff, x.mutableGpuDiff, cuda.i32(x.count)];
      this.compiled.backward.launch({ grid: 1, block: 64 }, args);
    }
  }
  t.notThrows(() => checkGradient({ type: Cube }, { bottoms: [[4, 5]] }));
});
