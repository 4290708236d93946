// Errors made while a net is built name the line of its prototxt where they are about the net's own layers, and only
// there.
import test from 'ava';
import { Blob, CaffeError, createLayer, Layer, Net, registerLayer } from 'tscaffe';

function thrownBy(text: string): CaffeError {
  try {
    new Net({ text, file: 'outer.prototxt' }, 'test');
  } catch (error) {
    return error as CaffeError;
  }
  throw new Error('the net was built');
}

const data = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 } } }\n';

test('a layer outside of nets that fails in a setup is not the layer of that name in the net', (t) => {
  class Outer extends Layer {
    override setup(): void {
      createLayer({ type: 'InnerProduct', name: 'ip', innerProductParam: { numOutput: 2 } }).setup([], [new Blob()]);
    }
    override reshape(_bottom: Blob[], [top]: Blob[]): void {
      top.reshape(1);
    }
    override forward(): void {
      // It is never called.
    }
  }
  registerLayer('OuterOfSingle', Outer);
  const error = thrownBy(
    `${data}layer { name: "outer" type: "OuterOfSingle" bottom: "data" top: "outer" }
    layer { name: "ip" type: "ReLU" bottom: "outer" top: "ip" }`,
  );
  t.true(error instanceof CaffeError);
  t.is(error.code, 'ERR_CAFFE_CHECK');
  t.is(error.layer, 'ip');
  t.is(error.file, undefined);
  t.is(error.line, undefined);
  t.regex(error.message, /^layer "ip" setup: Check failed/);
});

for (const { what, param, message } of [
  {
    what: 'names a module that is not there',
    param: 'module: "nowhere" layer: "X"',
    message: /"nowhere" was not found/,
  },
  { what: 'names no class', param: 'module: "nowhere"', message: /must name a module and a layer/ },
]) {
  test(`a Python layer that ${what} is an error with its line`, (t) => {
    const error = thrownBy(
      `${data}\nlayer { name: "py" type: "Python" bottom: "data" top: "y" python_param { ${param} } }`,
    );
    t.like(error, { code: 'ERR_CAFFE_LAYER', layer: 'py', file: 'outer.prototxt', line: 3 });
    t.regex(error.message, message);
    t.true(error.message.startsWith('outer.prototxt:3: layer "py": '));
  });
}
