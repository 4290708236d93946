// Methods of layers that Caffe does not wait for, and that return a promise all the same, as an async function does.
import test from 'ava';
import { createLayer, Layer, Net, registerLayer, type Blob, type CaffeError } from 'tscaffe';

class Same extends Layer {
  override reshape([bottom]: Blob[], [top]: Blob[]): void {
    top.reshape(...bottom.shape);
  }
  override forward([bottom]: Blob[], [top]: Blob[]): void {
    top.data.set(bottom.data);
  }
  override backward([top]: Blob[], _propagateDown: boolean[], [bottom]: Blob[]): void {
    bottom.diff.set(top.diff);
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- what is tested
const rejected = async (): Promise<never> => {
  throw new Error('nobody takes this');
};

function netOf(type: string, method: 'dispose' | 'toProto' | 'allowForceBackward'): Net {
  class Late extends Same {}
  Object.defineProperty(Late.prototype, method, { value: rejected });
  registerLayer(type, Late);
  return new Net(
    {
      text: `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 2 } } }
        layer { name: "late" type: "${type}" bottom: "x" top: "y" }`,
    },
    'test',
  );
}

function refused(t: { is(actual: unknown, expected: unknown): void }, method: string, call: () => unknown): void {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  t.is((thrown as CaffeError).code, 'ERR_CAFFE_LAYER');
  t.is((thrown as CaffeError).message.includes(`${method} returned a promise`), true);
}

test('a layer whose toProto returns a promise is ERR_CAFFE_LAYER, not an entry without a name', (t) => {
  using net = netOf('LateToProto', 'toProto');
  refused(t, 'toProto', () => net.toProto());
});

test('a layer whose dispose returns a promise is ERR_CAFFE_LAYER, and its net is disposed', (t) => {
  const net = netOf('LateDispose', 'dispose');
  refused(t, 'dispose', () => {
    net.dispose();
  });
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_DISPOSED' });
});

test('a layer whose allowForceBackward returns a promise is ERR_CAFFE_LAYER', (t) => {
  class Late extends Same {}
  Object.defineProperty(Late.prototype, 'allowForceBackward', { value: rejected });
  using layer = createLayer({ type: Late });
  refused(t, 'allowForceBackward', () => layer.allowForceBackward(0));
});
