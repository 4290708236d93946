import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { engines, setEngine, type EngineName } from 'tscaffe';
import { readArguments, UsageError, wholeNumber } from './arguments.js';

/** A program that trains. */
export interface Program {
  /** What its user types, up to the options. */
  command: string;
  /** The path of its solver prototxt. */
  solver: string;
  /** How many iterations it trains, unless `--iterations` says. */
  iterations: number;
  /** Its folder for all that it writes, unless `--out` says. */
  out: string;
  /** What the names of its snapshots begin with: they are NAME_iter_N.solverstate. */
  name: string;
  /** Options of its own that take no value, and what the usage says of each. */
  flags?: Record<string, string>;
}

/** What the user of the program asked for. */
export interface Training {
  /** The iteration at which training ends. */
  iterations: number;
  /** Iterations between two snapshots, 0: none; undefined: as the solver prototxt says. */
  snapshotEvery: number | undefined;
  /** The folder for weights and snapshots. */
  out: string;
  /** The solverstate to go on from; undefined: a fresh start. */
  resume: string | undefined;
  /** The engine that was asked for: it is set. */
  engine: EngineName | undefined;
  /** Those of the program's own options that were given. */
  flags: Set<string>;
}

function usage({ command, solver, iterations, out, flags = {} }: Program): string {
  const lines = [
    ['--iterations N', `train until iteration N (${iterations})`],
    ['--snapshot-every N', `a snapshot every N iterations, 0 for none (as in ${solver})`],
    ['--out DIR', `the folder for all that is written (${out})`],
    ['--resume [FILE]', 'go on from FILE, a .solverstate; without FILE from the latest in DIR'],
    ['--engine NAME', `what computes Caffe's layers: ${engines.join(' or ')} (docs/engines.md)`],
    ...Object.entries(flags).map(([flag, about]) => [`--${flag}`, about]),
  ];
  return `${command} -- [options]\n\n${lines.map(([option, about]) => `  ${option.padEnd(21)}${about}\n`).join('')}`;
}

/** The solverstate of the highest iteration in a folder. */
function latestSnapshot(folder: string, name: string): string {
  const states = (existsSync(folder) ? readdirSync(folder) : [])
    .map((file) => ({ file, iter: Number(new RegExp(`^${name}_iter_(\\d+)\\.solverstate$`).exec(file)?.[1]) }))
    .filter(({ iter }) => !Number.isNaN(iter))
    .sort((a, b) => a.iter - b.iter);
  const latest = states.at(-1);
  if (latest === undefined) throw new UsageError(`--resume: there is no ${name}_iter_N.solverstate in ${folder}`);
  return join(folder, latest.file);
}

function engineNamed(name: string): EngineName {
  const engine = engines.find((one) => one === name);
  if (engine === undefined) throw new UsageError(`--engine takes ${engines.join(' or ')}, not "${name}"`);
  return engine;
}

/**
 * Reads the command line, makes the folder and sets the engine. A wrong command line ends the process, see
 * {@link readArguments}.
 */
export function readTraining(program: Program): Training {
  const flags = Object.keys(program.flags ?? {});
  const options = {
    iterations: { type: 'string', default: String(program.iterations) },
    'snapshot-every': { type: 'string' },
    out: { type: 'string', default: program.out },
    resume: { type: 'boolean' },
    engine: { type: 'string' },
    ...Object.fromEntries(flags.map((flag) => [flag, { type: 'boolean' } as const])),
  } as const;
  const training = readArguments(usage(program), options, ({ values, positionals }): Training => {
    const { iterations, 'snapshot-every': every, out, resume, engine } = values;
    if (positionals.length > (resume === true ? 1 : 0)) throw new UsageError(`unexpected ${positionals.join(' ')}`);
    const state = resume === true ? (positionals[0] ?? latestSnapshot(out, program.name)) : undefined;
    if (state !== undefined && !existsSync(state)) throw new UsageError(`--resume: there is no ${state}`);
    return {
      iterations: wholeNumber('iterations', iterations),
      snapshotEvery: every === undefined ? undefined : wholeNumber('snapshot-every', every),
      out,
      resume: state,
      engine: engine === undefined ? undefined : engineNamed(engine),
      flags: new Set(flags.filter((flag) => flag in values)),
    };
  });
  mkdirSync(training.out, { recursive: true });
  if (training.engine !== undefined) setEngine(training.engine);
  return training;
}

/** The command that goes on from `state` with the same options. */
export function resumeCommand({ command }: Program, training: Training, state: string): string {
  const { iterations, snapshotEvery, out, engine, flags } = training;
  const words = [`${command} --`, `--iterations ${iterations}`];
  if (snapshotEvery !== undefined) words.push(`--snapshot-every ${snapshotEvery}`);
  if (engine !== undefined) words.push(`--engine ${engine}`);
  words.push(...[...flags].map((flag) => `--${flag}`), `--out ${quote(out)}`, `--resume ${quote(state)}`);
  return words.join(' ');
}

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
