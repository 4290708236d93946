import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Trial } from './benchmark.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The command line of a Python that can import caffe; with `--tool` it runs Caffe's own tool. */
export const pycaffeProgram = process.env['PYCAFFE'];

/** Variables for a trial, beside those that all have; undefined takes one away. */
export type Variables = Record<string, string | undefined>;

const variables = {
  // One thread of BLAS for everybody, unless a benchmark is about just that.
  OPENBLAS_NUM_THREADS: '1',
  TSCAFFE_LAYER_PATH: `${root}/bench/layers`,
  PYTHONPATH: `${root}/bench/peer:${root}/test/parity/net-spec`,
  PYTHONDONTWRITEBYTECODE: '1',
  GLOG_minloglevel: '2',
};

interface Output {
  stdout: string;
  stderr: string;
}

function run(program: string, args: string[], extra: Variables): Output {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...variables, ...extra },
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
  const options = program.endsWith('.ts') ? ['--import=tsx'] : ['--expose-gc'];
  return lastLine(run(process.execPath, [...options, `bench/trials/${program}`, ...args.map(String)], extra));
}

function python(args: string[], extra: Variables): Output {
  if (pycaffeProgram === undefined) throw new Error('PYCAFFE is not set: it names a Python that can import caffe');
  return run(pycaffeProgram, args, extra);
}

/** One trial of a program of bench/peer/. */
export function peer(program: string, args: (string | number)[] = [], extra: Variables = {}): Trial {
  return lastLine(python([`bench/peer/${program}`, ...args.map(String)], extra));
}

/** Nanoseconds of a whole process, from its start to its end: of node, or of pycaffe's program. */
export function whole(
  program: 'node' | 'pycaffe',
  args: string[],
  extra: Variables = {},
): { wall: number; cpu: number } {
  const command = program === 'node' ? process.execPath : pycaffeProgram;
  if (command === undefined) throw new Error('PYCAFFE is not set: it names a Python that can import caffe');
  // The shell's own clock: it knows what its children used.
  const script = `TIMEFORMAT='%R %U %S'; time "$@"`;
  const { stderr } = run('bash', ['-c', script, 'bash', command, ...args], extra);
  const [wall, user, system] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall: wall * 1e9, cpu: (user + system) * 1e9 };
}
