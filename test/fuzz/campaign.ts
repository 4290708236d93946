// Runs cases in child processes, which may crash or hang: a case is the name of a target and a seed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { guardEnvironment, type GuardPages } from './guard-pages.js';

/** What a case must not do. */
export interface Finding {
  target: string;
  seed: number;
  /** `crash`: the process ended; `hang`: the case took longer than it may; `rough`: an error that does not help. */
  kind: 'crash' | 'hang' | 'rough';
  what: string;
}

export interface Tally {
  cases: number;
  /** How often each outcome was seen: `value`, or the code or name of an error. */
  outcomes: Map<string, number>;
  findings: Finding[];
}

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
const loader = import.meta.resolve('tsx');

/**
 * Seeds whose cases share a process: enough to be worth its start, few enough that a leak of one case is not taken
 * for another's crash.
 */
export const stretch = 200;

const hasSanitizers = process.env['TSCAFFE_ADDON'] !== undefined;

/** The seed alone decides, so that a case repeated alone has the memory that it had. */
function guardOf(seed: number): GuardPages {
  if (hasSanitizers) return 'none';
  return Math.floor(seed / stretch) % 4 === 3 ? 'begin' : 'end';
}

/**
 * No case may take more memory than this, in KiB, so that a size of 2^31 is an allocation that fails and not the whole
 * machine's end. Of data alone: V8 reserves far more addresses than it uses.
 */
const dataLimit = 6 << 20;
// Not of a build with sanitizers: they take terabytes of addresses.
const limits = hasSanitizers ? '' : `-d ${dataLimit}`;
/** A case says something within this time, as does the process before its first case, which may start beside many. */
const caseSeconds = 60;
const startSeconds = 300;

/** Is told each line that worker.ts says. */
type Hear = (line: string) => void;

interface Run {
  /** The seed after the last case that came to an end. */
  next: number;
  done: boolean;
}

/** Runs cases `first` to `first + count - 1` in one process, until it ends or one of them does not. */
async function runProcess(target: string, first: number, count: number, tally: Tally, hear: Hear): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-fuzz-'));
  const node = [process.execPath, '--expose-gc', `--import=${loader}`, worker, target, String(first), String(count)];
  const child = spawn('bash', ['-c', `ulimit -c 0 ${limits}; exec "$@"`, 'bash', ...node], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1', ...guardEnvironment(guardOf(first)) },
  });
  const run: Run = { next: first, done: false };
  let hung = false;
  const kill = (): void => {
    hung = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(kill, startSeconds * 1000);
  let complaints = '';
  child.stderr?.on('data', (bytes: Buffer) => (complaints = (complaints + bytes.toString()).slice(-2000)));
  let trail: string[] = [];
  createInterface(child.stdio[3] as Readable).on('line', (line) => {
    clearTimeout(timer);
    timer = setTimeout(kill, caseSeconds * 1000);
    hear(line);
    if (line.startsWith('did ')) trail.push(line.slice(4));
    if (line.startsWith('begin ')) [trail, complaints] = [[], ''];
    const [, seed, outcome] = /^end (\d+) (.*)/.exec(line) ?? [];
    if (line === 'done') run.done = true;
    if (outcome === undefined) return;
    run.next = Number(seed) + 1;
    tally.cases++;
    const rough = outcome.startsWith('ROUGH ');
    if (rough) tally.findings.push({ target, seed: Number(seed), kind: 'rough', what: outcome.slice(6) });
    const kind = rough ? 'rough' : outcome;
    tally.outcomes.set(kind, (tally.outcomes.get(kind) ?? 0) + 1);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...how) => {
      resolve(how);
    });
  });
  clearTimeout(timer);
  rmSync(folder, { recursive: true, force: true });
  if (run.done && code === 0) return run;
  tally.cases++;
  const how = hung
    ? `no sign for ${trail.length > 0 ? caseSeconds : startSeconds} seconds`
    : `code ${code}, signal ${signal}`;
  const what = [how, ...shortened(trail), complaints.trim()].join('\n  ');
  tally.findings.push({ target, seed: run.next, kind: hung ? 'hang' : 'crash', what });
  run.next++;
  return run;
}

/** How a case began, which is its net if it has one, and what it did last. */
function shortened(trail: readonly string[]): readonly string[] {
  const [beginning, last] = [3, 12];
  return trail.length <= beginning + last ? trail : [...trail.slice(0, beginning), '…', ...trail.slice(-last)];
}

/** Runs `count` cases of a target from the seed `first` on, each as often as it takes until all have been tried. */
export async function runCases(
  target: string,
  first: number,
  count: number,
  tally: Tally,
  hear: Hear = () => undefined,
): Promise<void> {
  for (let seed = first; seed < first + count;) {
    const end = Math.min(first + count, (Math.floor(seed / stretch) + 1) * stretch);
    const { next, done } = await runProcess(target, seed, end - seed, tally, hear);
    seed = done ? end : next;
  }
}

export function newTally(): Tally {
  return { cases: 0, outcomes: new Map(), findings: [] };
}
