import test from 'ava';
import { Layer, Net, registerModule, setLayerPath, type Blob } from 'tscaffe';

class Seven extends Layer {
  override reshape(_bottom: Blob[], [top]: Blob[]): void {
    top.reshape(1);
  }
  override forward(_bottom: Blob[], [top]: Blob[]): void {
    top.data.fill(7);
  }
}
class Eight extends Seven {}

const text = (module: string, layer = 'Seven'): string =>
  `layer { name: "c" type: "Python" top: "c" python_param { module: "${module}" layer: "${layer}" } }`;

test('a prototxt finds the classes of a registered module, also where no file may be loaded', (t) => {
  registerModule('layers.seven', { Seven });
  t.is(new Net({ text: text('layers.seven') }, 'test').forward()['c'][0], 7);
  setLayerPath([]);
  t.teardown(() => {
    setLayerPath(undefined);
  });
  t.is(new Net({ text: text('layers.seven') }, 'test').forward()['c'][0], 7);
});

test('a class that the registered module lacks is an error with the module’s name', (t) => {
  registerModule('some', { Seven });
  const error = { code: 'ERR_CAFFE_LAYER', message: /layer "c": layer module "some" exports no class Nine/ };
  t.throws(() => new Net({ text: text('some', 'Nine') }, 'test'), error);
  t.throws(() => new Net({ text: text('some', 'toString') }, 'test'), { code: 'ERR_CAFFE_LAYER' });
});

test('the same classes may be registered again, and others not', (t) => {
  registerModule('again', { Seven });
  registerModule('again', { Seven });
  const error = { code: 'ERR_CAFFE_LAYER', message: 'layer module "again" is registered already, with Seven' };
  t.throws(() => { registerModule('again', { Seven: Eight }); }, error); // prettier-ignore
  t.throws(() => { registerModule('again', { Seven, Eight }); }, error); // prettier-ignore
  t.is(new Net({ text: text('again') }, 'test').forward()['c'][0], 7);
});

test('registerModule takes a name and classes only', (t) => {
  t.throws(() => { registerModule(3 as never, {}); }, { instanceOf: TypeError, message: /a string for module/ }); // prettier-ignore
  t.throws(() => { registerModule('', {}); }, { instanceOf: TypeError, message: /a name for module/ }); // prettier-ignore
  t.throws(() => { registerModule('m', null as never); }, { instanceOf: TypeError, message: /an object of classes for classes/ }); // prettier-ignore
  t.throws(() => { registerModule('m', { Seven: 7 } as never); }, { instanceOf: TypeError, message: /a class that extends Layer for classes\.Seven/ }); // prettier-ignore
});
