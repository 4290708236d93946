import test from 'ava';
import { CaffeError, createLayer, Layer, optional, type ParamDeclarations } from 'tscaffe';

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

/** Reads with other declarations. */
function readAs(declarations: ParamDeclarations, paramStr: string): unknown {
  let read: unknown;
  class Declared extends Parametrised {
    override setup(): void {
      read = this.params(declarations);
    }
  }
  createLayer({ type: Declared, name: 'p', pythonParam: { paramStr } }).setup([], []);
  return read;
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
  t.throws(() => read('margin: [1 2] names: a'), layerError(/expected , or \] at column 12/));
  t.throws(() => read('margin: 1 names: '), layerError(/expected a value at column 18/));
  t.throws(() => read('margin: 1.2.3 names: a'), layerError(/expected a value at column 9/));
});

test('words in quotes are strings, and bare ones are booleans and null', (t) => {
  const declared = { name: String, other: optional(String), flag: Boolean };
  const expected = { name: 'true', other: 'None', flag: true };
  t.deepEqual(readAs(declared, '{"name": "true", "other": "None", "flag": true}'), expected);
  t.deepEqual(readAs(declared, "{'name': 'true', 'other': 'None', 'flag': True}"), expected);
  t.deepEqual(readAs(declared, 'name: "true" other: "None" flag: true'), expected);
  t.deepEqual(readAs(declared, "name: 'true'\nother: 'None'\nflag: True\n"), expected);
  t.deepEqual(readAs(declared, '---\nname: "true"\nother: !!str None\nflag: true'), expected);
  t.deepEqual(readAs({ name: optional(String) }, "{'name': None}"), { name: undefined });
  t.throws(() => readAs({ name: String }, "{'name': None}"), {
    message: /Expected a string for name .* received null/,
  });
});

test('escapes in strings are those of JSON and Python', (t) => {
  const text = String.raw`{"a": "\u00e9\x41\t\\ \"", 'b': '\''}`;
  t.deepEqual(readAs({ a: String, b: String }, text), { a: 'éA\t\\ "', b: "'" });
});

/** What yaml.load of PyYAML gives for each, or eval of Python. */
const wild: readonly (readonly [how: string, declared: ParamDeclarations, paramStr: string, expected: unknown])[] = [
  [
    'py-faster-rcnn, a tuple of PyYAML',
    { feat_stride: Number, scales: [Number] },
    "'feat_stride': 16 \n'scales': !!python/tuple [4, 8, 16]",
    { feat_stride: 16, scales: [4, 8, 16] },
  ],
  [
    'block lists below three dashes',
    { scales: [Number], names: [String], nested: [[Number]] },
    '---\nscales:\n  - 8\n  - 16.5\nnames:\n- a b\n- "2"\nnested:\n- [1, 2]\n- - 3\n',
    { scales: [8, 16.5], names: ['a b', '2'], nested: [[1, 2], [3]] },
  ],
  [
    'plain scalars and paths',
    { root: String, list: String, url: String, ratio: Number, when: String },
    'root: ../data/voc 2012\nlist: /a/b.txt  # a comment\nurl: http://x/y\nratio: .5\nwhen: 2014-01-02',
    { root: '../data/voc 2012', list: '/a/b.txt', url: 'http://x/y', ratio: 0.5, when: '2014-01-02' },
  ],
  [
    'paths without quotes in braces',
    { root: String, split: String, seed: optional(Number) },
    '{root: ../data/voc, split: train, seed: None}',
    { root: '../data/voc', split: 'train', seed: undefined },
  ],
  [
    "FCN, Python 2's strings and a tuple",
    { sbdd_dir: String, mean: [Number], seed: optional(Number) },
    "{u'sbdd_dir': u'../data/sbdd', 'mean': (104.00699, 116.66877, 122.67892), 'seed': None}",
    { sbdd_dir: '../data/sbdd', mean: [104.00699, 116.66877, 122.67892], seed: undefined },
  ],
  [
    "the same in YAML's lines",
    { dir: String, mean: [Number], seed: optional(Number), last: String },
    "dir: u'../data'\nmean: (104.5, 116)\nseed: None\nlast: a/b",
    { dir: '../data', mean: [104.5, 116], seed: undefined, last: 'a/b' },
  ],
  [
    'nested dictionaries',
    { anchors: { scales: [8], base: Number, more: { deep: true } }, boxes: [{ name: String, size: 1 }] },
    "{'anchors': {'base': 16, 'more': {'deep': False}}, 'boxes': [{'name': 'a'}, {'name': 'b', 'size': 2}]}",
    {
      anchors: { scales: [8], base: 16, more: { deep: false } },
      boxes: [
        { name: 'a', size: 1 },
        { name: 'b', size: 2 },
      ],
    },
  ],
  [
    'nested blocks of YAML',
    { anchors: { scales: [Number], base: 16 } },
    'anchors:\n  scales: [8, 16]\n',
    { anchors: { scales: [8, 16], base: 16 } },
  ],
  [
    'what is not there',
    { list: [[1, 2], [3]], dictionary: { a: 1 }, maybe: optional([Number]) },
    '',
    { list: [[1, 2], [3]], dictionary: { a: 1 }, maybe: undefined },
  ],
];

for (const [how, declared, paramStr, expected] of wild) {
  test(`params reads a param_str as it is written in the wild: ${how}`, (t) => {
    t.deepEqual(readAs(declared, paramStr), expected);
  });
}

test('what is wrong within dictionaries and lists is named with its path', (t) => {
  const declared = { anchors: { scales: [Number], base: 16 }, boxes: [[1]] };
  const typeError = (message: RegExp) => ({ instanceOf: TypeError, message });
  t.throws(
    () => readAs(declared, "{'anchors': {'scale': [8]}}"),
    typeError(/param_str has anchors\.scale, which the layer does not know; did you mean scales\?/),
  );
  t.throws(() => readAs(declared, ''), typeError(/param_str must give anchors\.scales, a list of number/));
  t.throws(
    () => readAs(declared, "{'anchors': {'scales': [8, 'x']}}"),
    typeError(/Expected a number for anchors\.scales\[1\] in param_str but received "x"/),
  );
  t.throws(
    () => readAs(declared, "{'anchors': 3}"),
    typeError(/Expected a dictionary for anchors in param_str but received 3/),
  );
  t.throws(
    () => readAs(declared, "{'anchors': {'scales': [8]}, 'boxes': [[1], ['y']]}"),
    typeError(/Expected a number for boxes\[1\]\[0\] in param_str but received "y"/),
  );
  t.throws(() => readAs({ seed: optional(Number) }, 'seed: x'), typeError(/Expected a number for seed/));
});

test('tags of YAML that would make objects of Python are refused', (t) => {
  const text = 'a: !!python/object/apply:os.system ["true"]';
  t.throws(() => readAs({ a: [String] }, text), { instanceOf: CaffeError, code: 'ERR_CAFFE_LAYER' });
});

test('the types of nested and optional parameters are those of their declarations', (t) => {
  class Typed extends Parametrised {
    override setup(): void {
      const { anchors, boxes, seed, list } = this.params({
        anchors: { scales: [8, 16], name: String },
        boxes: [[Number]],
        seed: optional(Number),
        list: [{ size: 1 }],
      });
      const checked: [number[], string, number[][], number | undefined, { size: number }[]] = [
        anchors.scales,
        anchors.name,
        boxes,
        seed,
        list,
      ];
      t.deepEqual(checked, [[8, 16], 'a', [[4]], undefined, [{ size: 1 }]]);
      // @ts-expect-error it may be undefined
      const wrong: number = seed;
      t.is(wrong, undefined as never);
      // @ts-expect-error a name is a string
      const number: number = anchors.name;
      t.is(number, 'a' as never);
      // @ts-expect-error a list of dictionaries
      const sizes: number[] = list;
      t.is(sizes.length, 1);
    }
  }
  t.plan(4);
  createLayer({ type: Typed, pythonParam: { paramStr: "{'anchors': {'name': 'a'}, 'boxes': [[4]]}" } }).setup([], []);
});

test('of names in quotes the last counts, as in Python and JSON; those of a prototxt make a list', (t) => {
  t.deepEqual(readAs({ a: String }, `{'a': 'x', 'a': 'y'}`), { a: 'y' });
  t.deepEqual(readAs({ a: [String] }, `a: "x" a: "y"`), { a: ['x', 'y'] });
});
