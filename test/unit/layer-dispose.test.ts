import test from 'ava';
import { Blob, createLayer, Layer, Net, registerLayer, Solver } from 'tscaffe';

const disposed: string[] = [];
/** What a layer throws whose name says that it fails; by default its name. */
let failure: Error | undefined;

class Opened extends Layer {
  override reshape(_bottom: Blob[], [top]: Blob[]): void {
    top.reshape(1);
  }
  override forward(): void {
    disposed.push(`${this.name} runs`);
  }
  override dispose(): void {
    disposed.push(this.name);
    if (this.name.startsWith('failing')) throw failure ?? new Error(this.name);
  }
}
registerLayer('Opened', Opened);

const layer = (name: string): string => `layer { name: "${name}" type: "Opened" top: "${name}" }\n`;

test.serial('dispose of a layer is called when its net is disposed, once', (t) => {
  disposed.length = 0;
  const net = new Net({ text: layer('a') + layer('b') }, 'test');
  t.deepEqual(disposed, []);
  net.dispose();
  net.dispose();
  t.deepEqual(disposed, ['a', 'b']);
});

test.serial('dispose of a layer is called for a solver, and for a layer outside of nets', (t) => {
  disposed.length = 0;
  const solver = new Solver({ text: `net_param { ${layer('train')} } base_lr: 1 lr_policy: "fixed"` });
  solver.dispose();
  solver.dispose();
  const single = createLayer({ type: 'Opened', name: 'single' });
  single.setup([], [new Blob()]);
  single.dispose();
  single.dispose();
  t.deepEqual(disposed, ['train', 'single']);
});

test.serial('what dispose of a layer throws comes out, after all layers have been told', (t) => {
  disposed.length = 0;
  const net = new Net({ text: layer('a') + layer('failing') + layer('c') }, 'test');
  const thrown = new Error('as it was thrown');
  failure = thrown;
  t.is(
    t.throws(() => {
      net.dispose();
    }),
    thrown,
  );
  t.deepEqual(disposed, ['a', 'failing', 'c']);
  net.dispose();
  t.deepEqual(disposed, ['a', 'failing', 'c']);
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_DISPOSED' });
});

test.serial('where dispose of several layers throws, all of it comes out in one error', (t) => {
  disposed.length = 0;
  failure = undefined;
  const net = new Net({ text: layer('failing1') + layer('failing2') + layer('c') }, 'test');
  const error = t.throws<AggregateError>(() => {
    net.dispose();
  });
  t.deepEqual(
    error.errors.map(({ message }: Error) => message),
    ['failing1', 'failing2'],
  );
  t.deepEqual(disposed, ['failing1', 'failing2', 'c']);
});

for (const failing of ['train', 'test']) {
  test.serial(
    `a solver is freed with all its nets and layers though one of the ${failing} net throws in dispose`,
    (t) => {
      disposed.length = 0;
      failure = new Error('as it was thrown');
      const name = (phase: string): string => (phase === failing ? `failing ${phase}` : phase);
      const nets = `train_net_param { ${layer(name('train'))} }
      test_net_param { ${layer(name('test'))} ${layer('test b')} } test_net_param { ${layer('second')} }`;
      const solver = new Solver({
        text: `${nets} test_iter: 1 test_iter: 1 test_interval: 1 base_lr: 1 lr_policy: "fixed"`,
      });
      const all = [solver.net, ...solver.testNets];
      t.is(
        t.throws(() => {
          solver.dispose();
        }),
        failure,
      );
      const told = [name('train'), name('test'), 'test b', 'second'];
      t.deepEqual(disposed, told);
      t.throws(() => solver.iter, { code: 'ERR_CAFFE_DISPOSED' });
      for (const net of all) t.throws(() => net.forward(), { code: 'ERR_CAFFE_DISPOSED' });
      solver.dispose();
      t.deepEqual(disposed, told, 'twice is fine, and tells no layer again');
    },
  );
}

test.serial('what dispose of a layer outside of nets throws comes out once, and the layer is freed', (t) => {
  disposed.length = 0;
  failure = undefined;
  const single = createLayer({ type: 'Opened', name: 'failing' });
  single.setup([], [new Blob()]);
  t.throws(
    () => {
      single.dispose();
    },
    { message: 'failing' },
  );
  single.dispose();
  t.deepEqual(disposed, ['failing']);
  t.throws(() => single.forward([], [new Blob()]), { code: 'ERR_CAFFE_DISPOSED' });
});

test.serial('a dispose that is no method is refused when the net is built', (t) => {
  class Wrong extends Opened {}
  Object.defineProperty(Wrong.prototype, 'dispose', { value: 5 });
  registerLayer('WrongDispose', Wrong);
  t.throws(() => new Net({ text: 'layer { name: "a" type: "WrongDispose" top: "a" }' }, 'test'), {
    code: 'ERR_CAFFE_LAYER',
    message: /expected dispose to be a method, but it is number/,
  });
});

test.serial(
  'a net whose weights cannot be read disposes of its layers, and says what is wrong with the weights',
  (t) => {
    disposed.length = 0;
    failure = undefined;
    const weights = '/nowhere/at-all.caffemodel';
    t.throws(() => new Net({ text: layer('a') + layer('failing') }, 'test', { weights }), {
      code: 'ERR_CAFFE_FILE',
      message: /nowhere/,
    });
    t.deepEqual(disposed, ['a', 'failing']);
  },
);
