import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Trial } from './trial.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command line of a Python that can import caffe; with `--tool` it runs Caffe's own tool. */
export const pycaffeProgram = process.env['PYCAFFE'];

/** Variables for a trial, beside those that all have; undefined takes one away. */
export type Variables = Record<string, string | undefined>;

const variables = {
  // One thread of BLAS for everybody, unless a benchmark is about just that.
  OPENBLAS_NUM_THREADS: '1',
  TSCAFFE_LAYER_PATH: `${root}/bench/layers:${root}/examples/mnist`,
  PYTHONPATH: `${root}/bench/peer:${root}/test/parity/net-spec`,
  PYTHONDONTWRITEBYTECODE: '1',
  GLOG_minloglevel: '2',
};

/** A program, and what stands behind it. */
export interface Command {
  program: string;
  args: string[];
}

/** The environment of a trial. */
export function environment(extra: Variables = {}): Variables {
  return { ...process.env, ...variables, ...extra };
}

/** A program of bench/trials/. */
export function nodeCommand(program: string, args: (string | number)[]): Command {
  const options = program.endsWith('.ts') ? ['--import=tsx'] : ['--expose-gc'];
  return { program: process.execPath, args: [...options, `bench/trials/${program}`, ...args.map(String)] };
}

function pycaffeCommand(args: string[]): Command {
  if (pycaffeProgram === undefined) throw new Error('PYCAFFE is not set: it names a Python that can import caffe');
  return { program: pycaffeProgram, args };
}

/** A program of bench/peer/. */
export function peerCommand(program: string, args: (string | number)[]): Command {
  return pycaffeCommand([`bench/peer/${program}`, ...args.map(String)]);
}

/** Caffe's own tool. */
export function toolCommand(args: string[]): Command {
  return pycaffeCommand(['--tool', ...args]);
}

interface Output {
  stdout: string;
  stderr: string;
}

function run({ program, args }: Command, extra: Variables): Output {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    env: environment(extra),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined) throw error;
  if (status !== 0) {
    throw new Error(`${program} ${args.join(' ')}: ended with ${signal ?? status}\n${stdout}${stderr}`);
  }
  return { stdout, stderr };
}

/** The last line that a trial's program prints is what it measured. */
function lastLine({ stdout }: Output): Trial {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Trial;
}

/** One trial of a program of bench/trials/. */
export function node(program: string, args: (string | number)[] = [], extra: Variables = {}): Trial {
  return lastLine(run(nodeCommand(program, args), extra));
}

/** The same as several processes that train together; rank 0 prints what was measured. */
export function job(ranks: number, program: string, args: (string | number)[] = [], extra: Variables = {}): Trial {
  const own = nodeCommand(program, args);
  const words = ['dist/cli/main.js', 'mpirun', '-n', String(ranks), '--', own.program, ...own.args];
  return lastLine(run({ program: process.execPath, args: words }, extra));
}

/** One trial of a program of bench/peer/. */
export function peer(program: string, args: (string | number)[] = [], extra: Variables = {}): Trial {
  return lastLine(run(peerCommand(program, args), extra));
}

/** Nanoseconds of a whole process, from its start to its end: of node, or of pycaffe's program. */
export function whole(of: 'node' | 'pycaffe', args: string[], extra: Variables = {}): { wall: number; cpu: number } {
  const command = of === 'node' ? { program: process.execPath, args } : pycaffeCommand(args);
  // The shell's own clock: it knows what its children used.
  const script = `TIMEFORMAT='%R %U %S'; time "$@"`;
  const { stderr } = run({ program: 'bash', args: ['-c', script, 'bash', command.program, ...command.args] }, extra);
  const [wall, user, system] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall: wall * 1e9, cpu: (user + system) * 1e9 };
}
