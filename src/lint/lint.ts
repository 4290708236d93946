import { existsSync, realpathSync } from 'node:fs';
import { Type } from 'protobufjs/light.js';
import { argumentError, didYouMean, expectKnown, expectString } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { onLog } from '../log/log.js';
import { inPrototxt } from '../proto/field-name.js';
import { kindOfText } from '../proto/kind-of-text.js';
import { readNet, readSolver } from '../proto/prototxt.js';
import { messageType, type caffe } from '../proto/schema.js';
import { readFile } from '../proto/source.js';
import type { Finding } from './finding.js';
import { lintNet } from './lint-net.js';
import { Prototxt } from './prototxt.js';
import { fieldsAt, scalarOf, type Field } from './prototxt-tree.js';
import { solverFields } from './rules/solver.js';
import { checkSolver } from './solver-check.js';
import type { NetState } from './state.js';

/**
 * Looks for mistakes in the prototxt of a net or of a solver: what Caffe refuses, and what it takes without a word.
 * docs/lint.md has all rules. Of a solver the nets that it names are linted too, in the states that it trains and
 * tests.
 *
 * Nets are built, in both phases: so layers written in TypeScript run their `setup` and `reshape`. Nothing runs
 * forward, and nothing is written. Data need not be here: where they are not, DummyData of a usual shape takes their
 * place.
 *
 * @param source - a path, or the text itself; its optional `file` is its name in findings, and in its folder layer
 * modules are looked for
 * @returns what was found, by file and line; empty if nothing was
 * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be read
 * @throws {TypeError} if the source is neither a path nor such an object, or has a field that is not one of these
 *
 * @example
 * ```ts
 * import { lint } from 'tscaffe';
 *
 * for (const { file, line, column, code, text } of await lint('solver.prototxt')) {
 *   console.log(`${file}:${line}:${column}: ${code}: ${text}`);
 * }
 * ```
 */
export async function lint(source: string | { text: string; file?: string }): Promise<Finding[]> {
  const prototxt = typeof source === 'string' ? fromFile(source) : fromText(source);
  // What Caffe logs of old formats and the like has findings of its own.
  const unheard = onLog(() => undefined, { severity: 'error' });
  try {
    return kindOfText(prototxt.text) === 'NetParameter' ? await lintNetText(prototxt) : await lintSolver(prototxt);
  } finally {
    unheard();
  }
}

function fromFile(path: string): Prototxt {
  return new Prototxt(path, Buffer.from(readFile(path)).toString());
}

function fromText(source: { text: string; file?: string }): Prototxt {
  if (typeof source !== 'object' || source === null || typeof source.text !== 'string') {
    throw argumentError('a path or { text }', 'source', source);
  }
  const { file = 'prototxt', text } = source;
  expectKnown(source, ['text', 'file'], 'source');
  return new Prototxt(expectString(file, 'source.file'), text);
}

/** Reads a message, or says what is wrong with its text. */
function read<Message>(
  prototxt: Prototxt,
  reader: (source: { text: string; file: string }) => Message,
): Message | undefined {
  const { file, text } = prototxt;
  try {
    return reader({ text, file });
  } catch (error) {
    if (!(error instanceof CaffeError)) throw error;
    const { line = 1, column = 1, message } = error;
    const [first = ''] = message
      .replace(/^.*?:\d+:\d+: /, '')
      .replace(`${file}: `, '')
      .split('\n');
    prototxt.add({ code: 'syntax', line, column, text: first, hint: nearestField(first) });
    return undefined;
  }
}

/** Of a field that there is not: which may be meant. */
function nearestField(message: string): string {
  const [, type = '', field = ''] = /type "caffe\.(\w+)" has no field named "(\w+)"/.exec(message) ?? [];
  const found = type === '' ? undefined : messageType('NetParameter').root.lookupTypeOrEnum(`caffe.${type}`);
  const known = found instanceof Type ? Object.keys(found.fields).map(inPrototxt) : [];
  return didYouMean(field, known).replace('; ', '') || 'Caffe cannot read it';
}

async function lintNetText(prototxt: Prototxt): Promise<Finding[]> {
  const net = read(prototxt, readNet);
  if (net !== undefined) await lintNet(prototxt, prototxt.fields, net);
  return prototxt.findings;
}

type State = caffe.NetState.$Properties | null | undefined;

const stateOf = (phase: NetState['phase'], state: State): NetState => ({
  phase,
  level: state?.level ?? 0,
  stages: state?.stage ?? [],
});

async function lintSolver(prototxt: Prototxt): Promise<Finding[]> {
  const solver = read(prototxt, readSolver);
  if (solver === undefined) return prototxt.findings;
  solverFields(prototxt, solver);
  await checkSolver(solver, prototxt);
  const train = [stateOf('train', solver.trainState)];
  const isTested = solver.testIter.length > 0 || solver.testNet.length > 0;
  const states = (solver.testState.length > 0 ? solver.testState : [undefined]).map((state) => stateOf('test', state));
  const tests = isTested ? states : [];
  const others = new Map<string, Prototxt>();
  for (const [name, of] of [
    ['net', [...train, ...tests]],
    ['train_net', train],
    ['test_net', tests],
  ] as const) {
    for (const field of fieldsAt(prototxt.fields, name)) await lintNamedNet(prototxt, field, of, others);
    const inline = `${name}_param`;
    const messages = { net: [solver.netParam], train_net: [solver.trainNetParam], test_net: solver.testNetParam }[name];
    for (const [i, field] of fieldsAt(prototxt.fields, inline).entries()) {
      const message = messages[i];
      if (message) await lintNet(prototxt, field.fields ?? [], message as caffe.NetParameter, of);
    }
  }
  return [prototxt, ...others.values()].flatMap(({ findings }) => findings);
}

async function lintNamedNet(
  solver: Prototxt,
  field: Field,
  states: readonly NetState[],
  /** By the files that they are: a solver may name one in two spellings, and its edits must be one set. */
  others: Map<string, Prototxt>,
): Promise<void> {
  const path = scalarOf(field) ?? '';
  if (!existsSync(path)) {
    solver.report('missing-net', field, `there is no ${path}`, 'paths begin at the working folder, not at the solver');
    return;
  }
  const place = realpathSync(path);
  const prototxt = others.get(place) ?? fromFile(path);
  others.set(place, prototxt);
  const net = read(prototxt, readNet);
  if (net !== undefined) await lintNet(prototxt, prototxt.fields, net, states);
}
