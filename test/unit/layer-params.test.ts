import test from 'ava';
import { CaffeError, createLayer, Layer } from 'tscaffe';

class Parametrised extends Layer {
  read: unknown;

  override setup(): void {
    this.read = this.params({
      gamma: 2,
      normalize: true,
      reduction: 'mean',
      weights: [1, 1],
      names: [String],
      margin: Number,
    });
  }
  override reshape(): void {
    // No tops.
  }
  override forward(): void {
    // No tops.
  }
}

function read(paramStr: string): unknown {
  const layer = createLayer({ type: Parametrised, name: 'p', pythonParam: { paramStr } });
  layer.setup([], []);
  return (layer.layer as Parametrised).read;
}

const expected = {
  gamma: 0.5,
  normalize: false,
  reduction: 'sum',
  weights: [1, 2.5, -3e-2],
  names: ['a', "b'"],
  margin: -1,
};

for (const [how, paramStr] of [
  [
    'as JSON',
    '{"gamma": 0.5, "normalize": false, "reduction": "sum", "weights": [1, 2.5, -3e-2], "names": ["a", "b\'"], "margin": -1}',
  ],
  [
    'as a Python dictionary with tuples',
    `{'gamma': .5, 'normalize': False, 'reduction': 'sum', 'weights': (1, 2.5, -3e-2,), 'names': ['a', 'b\\''], 'margin': -1,}`,
  ],
  [
    'as a Python dictionary without braces',
    `'gamma': 0.5, 'normalize': False, 'reduction': 'sum', 'weights': [1, 2.5, -3e-2], 'names': ('a', "b'"), 'margin': -1`,
  ],
  [
    'as the fields of a prototxt',
    `gamma: 0.5 normalize: false reduction: sum
     weights: 1 weights: 2.5 weights: -3e-2  # repeated
     names: "a" names: "b'" margin: -1`,
  ],
] as const) {
  test(`params reads a param_str that is written ${how}`, (t) => {
    t.deepEqual(read(paramStr), expected);
  });
}

test('params gives the defaults of what param_str leaves out', (t) => {
  t.deepEqual(read('margin: 3, names: x'), {
    gamma: 2,
    normalize: true,
    reduction: 'mean',
    weights: [1, 1],
    names: ['x'],
    margin: 3,
  });
});

test('the types of parameters are those of their declarations', (t) => {
  class Typed extends Layer {
    override setup(): void {
      const { gamma, flag, mode, list, words } = this.params({
        gamma: 2,
        flag: false,
        mode: 'a',
        list: [Number],
        words: ['b'],
      });
      const checked: [number, boolean, string, number[], string[]] = [gamma, flag, mode, list, words];
      t.deepEqual(checked, [2, false, 'a', [4], ['b']]);
      // @ts-expect-error a number is no string
      const wrong: string = gamma;
      t.true((wrong as unknown) === 2);
    }
    override reshape(): void {
      // No tops.
    }
    override forward(): void {
      // No tops.
    }
  }
  t.plan(2);
  createLayer({ type: Typed, pythonParam: { paramStr: 'list: [4]' } }).setup([], []);
});

test('params refuses what is not declared, is missing, or is of another kind', (t) => {
  const typeError = (message: RegExp) => ({ instanceOf: TypeError, message });
  t.throws(() => read('{"margin": 1, "names": [], "gama": 3}'), typeError(/layer "p": .*gama.*did you mean gamma\?/));
  t.throws(() => read('gamma: 1'), typeError(/layer "p": param_str must give names, a list of string/));
  t.throws(() => read('names: a'), typeError(/param_str must give margin, a number/));
  t.throws(() => read('margin: "1" names: a'), typeError(/Expected a number for margin in param_str but received "1"/));
  t.throws(
    () => read('margin: 1 names: [a, 2]'),
    typeError(/Expected a string for names\[1\] in param_str but received 2/),
  );
  t.throws(() => read(''), typeError(/must give/));
});

test('a param_str that cannot be read is an error with the column', (t) => {
  const layerError = (message: RegExp) => ({ instanceOf: CaffeError, code: 'ERR_CAFFE_LAYER', message });
  t.throws(
    () => read('{"margin": 1'),
    layerError(/layer "p": param_str: expected a name at column 13 but found the end/),
  );
  t.throws(() => read('margin 1'), layerError(/expected : after margin at column 8 but found "1"/));
  t.throws(() => read('{"margin": 1} x'), layerError(/expected the end at column 15 but found "x"/));
  t.throws(() => read('margin: [1 2]'), layerError(/expected , or \] at column 12/));
  t.throws(() => read('margin: '), layerError(/expected a value at column 9/));
  t.throws(() => read('margin: 1.2.3'), layerError(/expected a value at column 9/));
});
