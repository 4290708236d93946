import { fileURLToPath } from 'node:url';
import test from 'ava';
import ts from 'typescript';
import { layerTypes } from 'tscaffe';

const folder = fileURLToPath(new URL('../types/', import.meta.url));

const strict: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  types: ['node'],
  skipLibCheck: true,
};

/** What tsc says of a file below test/types, or of a source that stands for it. */
function diagnose(file: string, options: ts.CompilerOptions = strict, source?: string): string[] {
  const path = folder + file;
  const host = ts.createCompilerHost(options);
  if (source !== undefined) {
    const { readFile, fileExists } = { readFile: host.readFile.bind(host), fileExists: host.fileExists.bind(host) };
    host.fileExists = (name) => name === path || fileExists(name);
    host.readFile = (name) => (name === path ? source : readFile(name));
  }
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Any name after a dot, as in pycaffe: what a project without noPropertyAccessFromIndexSignature writes. */
const anyName = `
  import { layers, NetSpec, type Top } from 'tscaffe';
  const n = new NetSpec();
  [n.data, n.label] = layers.DummyData({ ntop: 2, shape: { dim: [1, 2] } });
  n.ip1 = layers.InnerProduct(n.data, { numOutput: 10 });
  n.loss = layers.SoftmaxWithLoss(n.ip1, n.label);
  const ip1: Top = n.ip1;
  n.silence = layers.Silence(ip1, { ntop: 0 });
  // @ts-expect-error no top
  n.ip2 = 'ip1';
`;

test('TypeScript takes right programs with NetSpec and refuses wrong ones, in a strict project', (t) => {
  t.deepEqual(diagnose('net-spec.ts'), []);
  t.deepEqual(diagnose('any-name.ts', strict, anyName), []);
});

test('TypeScript does so in a project with every further check', (t) => {
  const options = { ...strict, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  t.deepEqual(diagnose('net-spec.ts', { ...options, noPropertyAccessFromIndexSignature: true }), []);
  t.deepEqual(diagnose('any-name.ts', options, anyName), []);
});

test('TypeScript says in a line each what is wrong, with the nearest right name', (t) => {
  const wrong = [
    { fields: '{ kernelSiz: 5 }', said: /^Object literal may only specify .*'kernelSiz' does not exist in type/ },
    { fields: '{ param: [{ lrMul: 1 }] }', said: /'lrMul' does not exist .* Did you mean to write 'lrMult'\?$/ },
    { fields: "{ engine: 'CUDN' }", said: /^Type '"CUDN"' is not assignable .* Did you mean '"CUDNN"'\?$/ },
  ];
  const calls = wrong.map(({ fields }) => `layers.Convolution(${fields});`);
  const said = diagnose('wrong.ts', strict, `import { layers } from 'tscaffe';\n${calls.join('\n')}`);
  t.is(said.length, wrong.length);
  for (const [index, message] of said.entries()) t.regex(message, wrong[index]?.said ?? /never/);
});

test('TypeScript knows every layer type that the linked Caffe has', (t) => {
  const calls = layerTypes().map((type) => `layers.${type}(top, { name: 'x' });`);
  const source = `import { layers, type Top } from 'tscaffe'; declare const top: Top; ${calls.join('\n')}`;
  t.true(calls.length >= 61);
  t.deepEqual(diagnose('all.ts', strict, source), []);
});
