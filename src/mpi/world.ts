import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { setMultiprocess, setSolverCount, setSolverRank } from '../caffe/parallel.js';
import { sharedSymbol } from '../copies/any-copy.js';
import { CaffeError } from '../error/caffe-error.js';
import { addon } from '../native/addon-file.js';
import { native } from '../native/load.js';
import { findInstallation } from './installation.js';

/** This process among those of its job. */
export interface World {
  /** The number of this process, from 0. Rank 0 logs, takes the snapshots and emits the events. */
  readonly rank: number;
  /** How many processes the job has. */
  readonly size: number;
  /** The name of this machine. */
  readonly host: string;
  /** The number of this process among those on this machine, from 0: the GPU to choose, for example. */
  readonly localRank: number;
}

/** What all copies of the package in this process agree on. */
interface Job {
  world?: World;
  isOver?: boolean;
  /** What will have ended the process, if it is an error. */
  failure?: { text: string; report: string };
}

const key = sharedSymbol('mpi');
const job = ((process as unknown as Record<symbol, Job | undefined>)[key] ??= {});

/** What the launchers of Open MPI, MPICH, Intel MPI, MVAPICH, Cray and Slurm give the processes that they start. */
const signsOfLauncher = [
  'OMPI_COMM_WORLD_SIZE',
  'PMIX_RANK',
  'PMI_RANK',
  'PMI_FD',
  'MPI_LOCALNRANKS',
  'MV2_COMM_WORLD_SIZE',
  'PALS_RANKID',
  'SLURM_STEP_ID',
];

const isLaunched = (): boolean => signsOfLauncher.some((name) => process.env[name] !== undefined);

/**
 * How many processes a launcher says that it has started with this one. Nothing of MPI is loaded for it.
 *
 * @internal
 */
export function launchedProcesses(): number {
  const { OMPI_COMM_WORLD_SIZE, PMI_SIZE, SLURM_STEP_NUM_TASKS } = process.env;
  return Number(OMPI_COMM_WORLD_SIZE ?? PMI_SIZE ?? SLURM_STEP_NUM_TASKS ?? 1);
}

/**
 * Begins MPI. Call it before you make nets and solvers: it sets `solverCount`, `solverRank` and `multiprocess`, by
 * which data layers share out their records. A second call returns the same.
 *
 * A process that no `mpirun` (or `srun`, or the like) has started is a job of its own: rank 0 of 1. Then MPI is not
 * loaded, and everything else works as with one rank.
 *
 * When the process ends, it waits until all ranks have ended. If one of them ends with an error or is killed, the whole
 * job ends.
 *
 * @throws {CaffeError} ERR_CAFFE_MPI if the addon was built without MPI, if MPI cannot begin, and in a worker
 */
export function init(): World {
  if (job.world !== undefined) return job.world;
  if (!isMainThread)
    throw new CaffeError('ERR_CAFFE_MPI', 'mpi.init: a process is one rank; call it on its main thread');
  job.world = isLaunched() ? join() : { rank: 0, size: 1, host: hostname(), localRank: 0 };
  const { rank, size } = job.world;
  setSolverCount(size);
  setSolverRank(rank);
  setMultiprocess(size > 1);
  return job.world;
}

/**
 * What keeps Open MPI, and UCX under it, from changing the process beyond their own business: UCX takes SIGSEGV and the
 * like, and both write their own code over munmap and sbrk of the C library while other threads run. One run in 20 lost
 * the end of its heap by that. They do so to know of memory that a network card has been told of.
 */
const manners = {
  UCX_ERROR_SIGNALS: '',
  UCX_MEM_EVENTS: 'no',
  UCX_MEM_MMAP_HOOK_MODE: 'none',
  UCX_MEM_MALLOC_HOOKS: 'no',
  UCX_MEM_MALLOC_RELOC: 'no',
  OMPI_MCA_memory: '^patcher',
};

function join(): World {
  const installation = findInstallation(addon);
  if (typeof installation === 'string') {
    throw new CaffeError('ERR_CAFFE_MPI', `mpi.init: this build of tscaffe has no MPI. ${installation}`);
  }
  for (const [name, value] of Object.entries({ ...installation.environment, ...manners })) process.env[name] ??= value;
  const host = hostname();
  const { rank, size, localRank } = native.mpi.init(installation.library, host);
  native.putSignalsBack();
  requireAll(size);
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    job.failure ??= { text: firstLine(String(error)), report: `${inspect(error)}\n` };
  });
  process.once('exit', end);
  return { rank, size, host, localRank };
}

/** A launcher and an MPI that do not know each other make each process a job of its own, which nobody would notice. */
function requireAll(size: number): void {
  const tasks = Number(process.env['SLURM_STEP_NUM_TASKS'] ?? 1);
  if (size > 1 || tasks === 1 || process.env['OMPI_COMM_WORLD_SIZE'] === '1') return;
  throw new CaffeError(
    'ERR_CAFFE_MPI',
    `mpi.init: Slurm has started ${tasks} processes, but MPI finds one only; name the interface that it was built with: srun --mpi=pmix (srun --mpi=list has all)`,
  );
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** @returns why not all ranks have ended well, if not */
function leave(code: number, failure = ''): string | undefined {
  if (job.isOver || job.world === undefined) return undefined;
  job.isOver = true;
  return native.mpi.leave(code, failure);
}

function end(code: number): void {
  if (job.isOver || job.world === undefined) return;
  const { rank } = job.world;
  // What the program has handled has not ended it.
  const failure = code === 0 ? undefined : job.failure;
  // Node.js would print it when the process has ended, but by then the job has been ended, and the process with it.
  if (failure !== undefined) writeSync(2, `rank ${rank}: ${failure.report}`);
  const why = leave(code, failure?.text);
  if (why === undefined) return;
  if (code === 0) writeSync(2, `rank ${rank}: ${why}\n`);
  // The rank that has failed ends all now. If this one went before it, mpirun would say that this one has failed.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6000);
  if (failure !== undefined) process.exit(code);
  if (code === 0) process.exitCode = 1;
}

/**
 * Ends MPI: waits until all ranks have called it, or have come to their end. A process that ends does so by itself: it
 * prints the error, and its exit code is 1.
 *
 * @throws {CaffeError} ERR_CAFFE_MPI if a rank has ended with an error or exit code, which ends the whole job soon
 * after; if MPI cannot end
 */
export function finalize(): void {
  if (!isLaunched()) {
    job.isOver = true;
    return;
  }
  const why = leave(0);
  if (why !== undefined) throw new CaffeError('ERR_CAFFE_MPI', `mpi.finalize: ${why}`);
}

/**
 * The world, once it has begun and before it has ended.
 *
 * @param what - the name of the call that needs it
 */
export function expectWorld(what: string): World {
  if (job.world === undefined) {
    throw new CaffeError('ERR_CAFFE_MPI', `${what}: call mpi.init() first, before you make nets and solvers`);
  }
  if (job.isOver) throw new CaffeError('ERR_CAFFE_MPI', `${what}: MPI has been finalized`);
  return job.world;
}
