import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  /** The iteration at which training ends. */
  iterations: number;
  /** The solverstate to go on from; a fresh start without. */
  resume?: string;
  /** Iterations between two snapshots, 0: none; without, as lenet_solver.prototxt says. */
  snapshotEvery?: number;
  /** Train on the GPU. */
  gpu: boolean;
  /** The folder for weights, snapshots, losses and the loss curve. */
  out: string;
}

const usage = `npm run mnist -- [options]

  --iterations N       train until iteration N (1000)
  --snapshot-every N   a snapshot every N iterations, 0 for none (500, from lenet_solver.prototxt)
  --gpu                train on the GPU, which needs a libcaffe with CUDA (docs/gpu.md)
  --out DIR            the folder for all that is written (examples/mnist/data)
  --resume [FILE]      go on from FILE, a .solverstate; without FILE from the latest in DIR
`;

class UsageError extends Error {}

function count(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} takes a whole number, not "${text}"`);
  return Number(text);
}

/** The solverstate of the highest iteration in a folder. */
function latestSnapshot(folder: string): string {
  const states = (existsSync(folder) ? readdirSync(folder) : [])
    .map((name) => ({ name, iter: Number(/^lenet_iter_(\d+)\.solverstate$/.exec(name)?.[1]) }))
    .filter(({ iter }) => !Number.isNaN(iter))
    .sort((a, b) => a.iter - b.iter);
  const latest = states.at(-1);
  if (latest === undefined) throw new UsageError(`--resume: there is no lenet_iter_N.solverstate in ${folder}`);
  return join(folder, latest.name);
}

function parse(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      iterations: { type: 'string', default: '1000' },
      'snapshot-every': { type: 'string' },
      out: { type: 'string', default: 'examples/mnist/data' },
      resume: { type: 'boolean', default: false },
      gpu: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const options: Options = { iterations: count('iterations', values.iterations), gpu: values.gpu, out: values.out };
  if (values['snapshot-every'] !== undefined) options.snapshotEvery = count('snapshot-every', values['snapshot-every']);
  if (values.resume) {
    if (positionals.length > 1) throw new UsageError(`--resume takes one FILE, not ${positionals.join(' ')}`);
    options.resume = positionals[0] ?? latestSnapshot(options.out);
    if (!existsSync(options.resume)) throw new UsageError(`--resume: there is no ${options.resume}`);
  } else if (positionals.length > 0) {
    throw new UsageError(`unexpected ${positionals.join(' ')}`);
  }
  return options;
}

/** Reads the command line; a wrong one ends the process with status 2 and the usage. */
export function readOptions(args: string[]): Options {
  try {
    return parse(args);
  } catch (error) {
    const wrong = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
    if (!wrong) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** The command that goes on from `state` with the same options. */
export function resumeCommand({ iterations, snapshotEvery, gpu, out }: Options, state: string): string {
  const words = ['npm run mnist --', `--iterations ${iterations}`];
  if (snapshotEvery !== undefined) words.push(`--snapshot-every ${snapshotEvery}`);
  if (gpu) words.push('--gpu');
  words.push(`--out ${quote(out)}`, `--resume ${quote(state)}`);
  return words.join(' ');
}

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
