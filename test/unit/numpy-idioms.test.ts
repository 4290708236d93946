import { readFileSync } from 'node:fs';
import test from 'ava';
import { Blob, math, setRandomSeed } from 'tscaffe';

/** What numpy 1.19 gives for the first column of the table in docs/layers.md. */
const expected: Readonly<Record<string, number[]>> = {
  'x.sum()': [23.0],
  'x.mean()': [3.8333332538604736],
  'x.max()': [9.0],
  'x.argmax()': [5.0],
  'x.sum(axis=0)': [4.0, 6.0, 13.0],
  'x.mean(axis=1)': [2.6666667461395264, 5.0],
  'x.max(axis=1)': [4.0, 9.0],
  'x.min(axis=0)': [1.0, 1.0, 4.0],
  'x.argmax(axis=1)': [2.0, 2.0],
  'x.ravel().argsort()': [1.0, 3.0, 0.0, 2.0, 4.0, 5.0],
  'x.ravel().argsort()[::-1][:3]': [5.0, 4.0, 2.0],
  'x + row': [13.0, 21.0, 34.0, 11.0, 25.0, 39.0],
  'x - column': [-97.0, -99.0, -96.0, -199.0, -195.0, -191.0],
  'column * row': [1000.0, 2000.0, 3000.0, 2000.0, 4000.0, 6000.0],
  'x / x.sum(axis=1, keepdims=True)': [0.375, 0.125, 0.5, 0.06666667014360428, 0.3333333432674408, 0.6000000238418579],
  'x * 2': [6.0, 2.0, 8.0, 2.0, 10.0, 18.0],
  'x + 1': [4.0, 2.0, 5.0, 2.0, 6.0, 10.0],
  'x ** 2': [9.0, 1.0, 16.0, 1.0, 25.0, 81.0],
  'np.sqrt(x)': [1.7320507764816284, 1.0, 2.0, 1.0, 2.2360680103302, 3.0],
  'np.abs(x - row)': [7.0, 19.0, 26.0, 9.0, 15.0, 21.0],
  'np.clip(x, 2, 5)': [3.0, 2.0, 4.0, 2.0, 5.0, 5.0],
  'np.where(x > 2, x, 0)': [3.0, 0.0, 4.0, 0.0, 5.0, 9.0],
  'x.T': [3.0, 1.0, 1.0, 5.0, 4.0, 9.0],
  'image.transpose(2, 0, 1)': [0.0, 3.0, 6.0, 9.0, 1.0, 4.0, 7.0, 10.0, 2.0, 5.0, 8.0, 11.0],
  'np.dot(x, x.T)': [26.0, 44.0, 44.0, 107.0],
  'np.dot(x.ravel(), x.ravel())': [133.0],
  'x[...] = 7': [7.0, 7.0, 7.0, 7.0, 7.0, 7.0],
  'x[...] = row': [10.0, 20.0, 30.0, 10.0, 20.0, 30.0],
  'x[...] = column': [100.0, 100.0, 100.0, 200.0, 200.0, 200.0],
  'x[0] = row': [10.0, 20.0, 30.0, 1.0, 5.0, 9.0],
  'x[1]': [1.0, 5.0, 9.0],
  'x[1, 2]': [9.0],
  'x.shape[0]': [2.0],
  'np.concatenate([x, x])': [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 3.0, 1.0, 4.0, 1.0, 5.0, 9.0],
  'x.copy()': [3.0, 1.0, 4.0, 1.0, 5.0, 9.0],
  'np.random.seed(7); np.random.permutation(5)': [0.0, 3.0, 2.0, 1.0, 4.0],
};

/** The rows of the table: cells of code. */
function idioms(): { numpy: string; code: string; result: string }[] {
  const [, section = ''] = readFileSync('docs/layers.md', 'utf8').split('## From numpy to TypeScript\n');
  const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| `([^`]+)` +\| `([^`]+)` +\| `?([\w ]+?)`? *\|$/gm);
  return [...rows].map(([, numpy = '', code = '', result = '']) => ({ numpy, code, result }));
}

/** What the names in the table stand for, made anew for each row. */
function given(): Record<string, unknown> {
  const x = new Blob(2, 3);
  x.set([3, 1, 4, 1, 5, 9]);
  const results = [2, 3, 4, 12].map((length) => [`y${length}`, new Float32Array(length).fill(NaN)] as const);
  const names: Record<string, unknown> = {
    math,
    setRandomSeed,
    x,
    data: x.data,
    row: Float32Array.of(10, 20, 30),
    column: Float32Array.of(100, 200),
    image: { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [2, 2, 3] },
    y: new Float32Array(6).fill(NaN),
  };
  for (const [name, array] of results) names[name] = array;
  return names;
}

/** Runs the code of a row, and gives its result as plain numbers. */
function run(code: string, result: string): number[] {
  const names = given();
  const statements = code.split('; ');
  const value = result === 'its value' ? statements.pop() : result;
  const body = `${code.startsWith('for') ? code : statements.join(';')}; return ${value ?? ''}`;
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a page of ours
  const got: unknown = (new Function(...Object.keys(names), body) as (...args: unknown[]) => unknown)(
    ...Object.values(names),
  );
  return typeof got === 'number' ? [got] : [...(got as Iterable<number>)];
}

test('docs/layers.md has at least thirty idioms of numpy, each of which is tested', (t) => {
  t.deepEqual(
    idioms()
      .map(({ numpy }) => numpy)
      .sort(),
    Object.keys(expected).sort(),
  );
  t.true(idioms().length >= 30);
});

for (const { numpy, code, result } of idioms()) {
  test(`${code} gives what numpy gives for ${numpy}`, (t) => {
    const got = run(code, result);
    const right = expected[numpy] ?? [];
    t.is(got.length, right.length);
    for (const [i, value] of got.entries())
      t.true(Math.abs(value - (right[i] ?? NaN)) <= 1e-6 * Math.abs(value), `${i}`);
  });
}
