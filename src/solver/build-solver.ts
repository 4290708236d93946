import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join, parse } from 'node:path';
import type { NativeSolver } from '../../typings/native.js';
import { setDevice, setMode } from '../caffe/state.js';
import { engineChoice, engineFor, type EngineChoice, type NativeEngine } from '../engine/engine.js';
import { expectObject, expectOptions } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { builder, building } from '../layer/building.js';
import { native } from '../native/load.js';
import { rememberOrigin } from '../proto/blame.js';
import { encodeMessage, messageType, type caffe } from '../proto/schema.js';
import { readSource, type MessageObject, type ReadSource, type Source } from '../proto/source.js';

/** The six update rules. */
export type SolverType = 'SGD' | 'Nesterov' | 'AdaGrad' | 'RMSProp' | 'AdaDelta' | 'Adam';

/** Options for building a {@link Solver}. */
export interface SolverOptions extends EngineChoice {
  /**
   * Fields that replace those of the source, such as `{ baseLr: 0.001, maxIter: 500 }`. A list replaces the whole list;
   * a message, such as `trainState`, is merged into that of the source.
   */
  override?: MessageObject<'SolverParameter'>;
}

const engineOf = (options: SolverOptions): NativeEngine =>
  engineFor(expectOptions(options, [...engineChoice, 'override']));

/** A solver's message with its nets inside, and the sources that it came from. */
interface WholeSolver {
  bytes: Uint8Array;
  parameter: caffe.SolverParameter;
  /** The solver's own source, for error messages. */
  own: ReadSource;
  /** The sources that describe layers: the files of the nets, and the solver's own file for nets inside it. */
  nets: ReadSource[];
  folders: (string | undefined)[];
}

/**
 * Looks for the file from the working folder, as Caffe does. If it is not there, looks beside the solver's own file.
 */
function netPath(path: string, folder: string | undefined): string {
  if (isAbsolute(path) || existsSync(path) || folder === undefined) return path;
  const beside = join(folder, path);
  return existsSync(beside) ? beside : path;
}

/**
 * Does what Caffe does for a solver's file. Without a prefix, the name of that file is the prefix. If the prefix is a
 * folder, the snapshots go into it under that name.
 */
function snapshotPrefix(file: string, prefix: string | null | undefined): string {
  const { dir, name } = parse(file);
  if (!prefix) return join(dir, name);
  const isFolder = existsSync(prefix) && statSync(prefix).isDirectory(); // statSync alone throws below a file
  return isFolder ? join(prefix, name) : prefix;
}

/** Messages merge where their bytes are joined, and lists are joined too: so those of the source go first. */
function overridden(bytes: Uint8Array, override: MessageObject<'SolverParameter'>): Uint8Array {
  const type = messageType('SolverParameter');
  const base = type.decode(bytes) as unknown as Record<string, unknown>;
  for (const [field, value] of Object.entries(override)) if (Array.isArray(value)) base[field] = [];
  return Buffer.concat([type.encode(base).finish(), encodeMessage('SolverParameter', override)]);
}

/**
 * Reads a solver and the nets that it names. The nets are put into the message itself. A mistake in a net is then an
 * error with its line. Caffe would end the process.
 */
function readWithNets(
  source: Source<'SolverParameter'>,
  type: SolverType | undefined,
  options: SolverOptions,
): WholeSolver {
  const { override } = options;
  const read = readSource('SolverParameter', source);
  if (override !== undefined) read.bytes = overridden(read.bytes, expectObject(override, 'override'));
  const solverMessage = messageType('SolverParameter');
  const netMessage = messageType('NetParameter');
  const parameter = solverMessage.decode(read.bytes) as unknown as caffe.SolverParameter;
  const nets: ReadSource[] = [];
  const inline = (path: string): caffe.NetParameter => {
    const net = readSource('NetParameter', netPath(path, read.folder));
    nets.push(net);
    return netMessage.decode(net.bytes) as unknown as caffe.NetParameter;
  };
  const message: Partial<caffe.SolverParameter> = Object.fromEntries(Object.entries(parameter));
  // If both are given, Caffe refuses the solver.
  if (parameter.net && !parameter.netParam) {
    message.netParam = inline(parameter.net);
    delete message.net;
  }
  if (parameter.trainNet && !parameter.trainNetParam) {
    message.trainNetParam = inline(parameter.trainNet);
    delete message.trainNet;
  }
  message.testNetParam = [...parameter.testNetParam, ...parameter.testNet.map(inline)];
  delete message.testNet;
  if (type !== undefined) message.type = type;
  if (read.folder !== undefined && read.file !== undefined) {
    message.snapshotPrefix = snapshotPrefix(read.file, message.snapshotPrefix);
  }
  return {
    bytes: solverMessage.encode(solverMessage.fromObject(message)).finish(),
    parameter,
    own: read,
    nets: [...nets, read],
    folders: [...nets.map(({ folder }) => folder), read.folder],
  };
}

/** The error for a solver that wants a GPU: BVLC's own solvers do, also those that run on the CPU as well. */
function noGpu(cause: CaffeError, { file, text }: ReadSource): CaffeError {
  const index = text?.split('\n').findIndex((content) => /^[^#]*\bsolver_mode\b/.test(content)) ?? -1;
  const place = { ...(file === undefined ? {} : { file }), ...(index < 0 ? {} : { line: index + 1 }) };
  return new CaffeError(cause.code, `solver_mode is GPU, but ${cause.message}, or write solver_mode: CPU`, place);
}

/** Applies `solver_mode` and `device_id`. Caffe's library ignores them; only its command-line tool reads them. */
function applyMode(parameter: caffe.SolverParameter, source: ReadSource): void {
  if (!Object.hasOwn(parameter, 'solverMode')) return;
  const gpu = parameter.solverMode === 1;
  try {
    setMode(gpu ? 'gpu' : 'cpu');
    if (gpu) setDevice(parameter.deviceId);
  } catch (error) {
    throw gpu && error instanceof CaffeError && error.code === 'ERR_CAFFE_NO_GPU' ? noGpu(error, source) : error;
  }
}

/** Remembers for each net of a solver what it was built from. */
function rememberOrigins(solver: NativeSolver, { nets: sources, own }: WholeSolver): NativeSolver {
  solver.nets.forEach((net, index) => {
    rememberOrigin(net, { sources, phase: index === 0 ? 'train' : 'test', solver: own.file });
  });
  return solver;
}

/**
 * @param type - the update rule; it overrides that of the source
 * @internal
 */
export function buildSolver(source: Source, type: SolverType | undefined, options: SolverOptions): NativeSolver {
  const engine = engineOf(options);
  const whole = readWithNets(source, type, options);
  const { bytes, parameter, own, nets, folders } = whole;
  applyMode(parameter, own);
  const solver = building({ sources: nets, solver: own.file }, folders, () => new native.Solver(bytes, engine));
  return rememberOrigins(solver, whole);
}

/** @internal */
export async function buildSolverAsync(
  source: Source,
  type: SolverType | undefined,
  options: SolverOptions,
): Promise<NativeSolver> {
  const engine = engineOf(options);
  const whole = readWithNets(source, type, options);
  const { bytes, parameter, own, nets, folders } = whole;
  applyMode(parameter, own);
  const solver = await native.buildSolver(builder({ sources: nets, solver: own.file }, folders), bytes, engine);
  return rememberOrigins(solver, whole);
}
