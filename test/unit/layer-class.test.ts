import test from 'ava';
import { CaffeError, Net, type Blob, type LayerConstructor } from 'tscaffe';
import { Copy, input, register } from './copy-layer.js';

for (const { what, push, code, message } of [
  {
    what: 'that is a bottom',
    push: (bottom: Blob) => bottom,
    code: 'ERR_CAFFE_LAYER',
    message: /blobs\[0\] is a bottom or top/,
  },
  { what: 'that is an array', push: () => new Float32Array(3), code: undefined, message: /a Blob for blobs\[0\]/ },
  { what: 'that is null', push: () => null, code: undefined, message: /a Blob for blobs\[0\]/ },
]) {
  test(`a learnable blob ${what} is an error of its layer`, (t) => {
    class Wrong extends Copy {
      override setup([bottom]: readonly Blob[]): void {
        this.blobs.push(push(bottom) as Blob);
      }
    }
    const text = `${input('x')} layer { name: "wrong" type: "${register(Wrong)}" bottom: "x" top: "y" }`;
    const error = t.throws(() => new Net({ text }, 'train'), { message });
    if (code === undefined) t.true(error instanceof TypeError);
    else t.true((error as CaffeError).code === code);
  });
}

for (const { what, constructor, message } of [
  {
    what: 'without forward',
    constructor: class {
      reshape(): void {
        /* nothing */
      }
    },
    message: /forward\(bottom, top\), but it has none/,
  },
  {
    what: 'without reshape',
    constructor: class {
      forward(): void {
        /* nothing */
      }
    },
    message: /reshape\(bottom, top\), but it has none/,
  },
  {
    what: 'whose reshape is no function',
    constructor: class extends Copy {
      override reshape = 5 as never;
    },
    message: /reshape\(bottom, top\), but it is number/,
  },
  {
    what: 'whose forward is no function',
    constructor: class extends Copy {
      override forward = 'x' as never;
    },
    message: /forward\(bottom, top\), but it is string/,
  },
  {
    what: 'whose setup is no function',
    constructor: class extends Copy {
      override setup = {} as never;
    },
    message: /expected setup to be a method, but it is object/,
  },
  {
    what: 'whose backward is no function',
    constructor: class extends Copy {
      override backward = null as never;
    },
    message: /expected backward to be a method, but it is object/,
  },
]) {
  test(`a layer class ${what} is ERR_CAFFE_LAYER with the name of the layer`, (t) => {
    const type = register(constructor as unknown as LayerConstructor);
    const text = `${input('x')} layer { name: "wrong" type: "${type}" bottom: "x" top: "y" }`;
    const error = t.throws<CaffeError>(() => new Net({ text, file: 'made/up.prototxt' }, 'train'), {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_LAYER',
      message,
    });
    t.regex(error.message, /layer "wrong"/);
    t.is(error.file, 'made/up.prototxt');
  });
}

test('a class need not extend Layer to be one', (t) => {
  class Plain {
    reshape([x]: Blob[], [y]: Blob[]): void {
      y.reshapeLike(x);
    }
    forward([x]: Blob[], [y]: Blob[]): void {
      y.data.set(x.data.map((value) => -value));
    }
  }
  const type = register(Plain as LayerConstructor);
  using net = new Net({ text: `${input('x')} layer { name: "y" type: "${type}" bottom: "x" top: "y" }` }, 'test');
  t.deepEqual([...net.forward({ x: [1, 2] })['y']], [-1, -2]);
});

// A net that is built in one synchronous call cannot wait for any of them.
const advice = { setup: 'await Net\\.create', reshape: 'Async', forward: 'Async', backward: 'Async' };
for (const method of ['setup', 'reshape', 'forward', 'backward'] as const) {
  for (const outcome of ['resolves', 'rejects']) {
    test(`a promise from ${method} that ${outcome} is ERR_CAFFE_LAYER in a synchronous call`, (t) => {
      class Late extends Copy {}
      (Late.prototype as unknown as Record<string, unknown>)[method] = () =>
        outcome === 'resolves' ? Promise.resolve() : Promise.reject(new Error('late'));
      const text = `force_backward: true ${input('x')} layer { name: "late" type: "${register(Late)}" bottom: "x" top: "y" }`;
      t.throws(
        () => {
          using net = new Net({ text }, 'train');
          net.blobs['y'].reshapeLike(net.blobs['x']);
          net.forward();
          net.backward();
        },
        {
          instanceOf: CaffeError,
          code: 'ERR_CAFFE_LAYER',
          message: new RegExp(`layer "late" .*${method}\\(\\) returned a promise.*${advice[method]}`),
        },
      );
    });
  }
}
