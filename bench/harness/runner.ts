import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { environment, nodeCommand, peerCommand, root, toolCommand, type Command, type Variables } from './process.js';
import type { Trial } from './trial.js';

/**
 * A process that works when its turn has come, and is stopped in between: its threads do not read ahead on another's
 * time.
 */
export interface Runner {
  /** One turn, and what it measured. */
  round(): Promise<Trial>;
  end(): void;
}

/** What all threads of a process have computed, in nanoseconds; /proc/PID/stat counts in hundredths of a second. */
function computed(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const spent = (task: string): number => Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]);
  return readdirSync(tasks).reduce((sum, task) => sum + spent(task), 0);
}

/** A child of the harness, line by line. */
class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #last: string[] = [];
  #wanted: RegExp | undefined;
  /** Why there is nothing more to wait for. */
  #ended: Error | undefined;
  #answer: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;

  constructor({ program, args }: Command, extra: Variables) {
    this.#name = [program, ...args].join(' ');
    this.#process = spawn(program, args, { cwd: root, env: environment(extra), stdio: ['pipe', 'pipe', 'pipe'] });
    for (const input of [this.#process.stdout, this.#process.stderr]) {
      if (input !== null) createInterface({ input }).on('line', this.#take);
    }
    this.#process.on('exit', (status, signal) => {
      this.#ended = new Error(`${this.#name}: ended with ${signal ?? status}\n${this.#last.join('\n')}`);
      this.#answer?.reject(this.#ended);
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.#name}: not started`);
    return this.#process.pid;
  }

  /** Lets it run until it prints such a line. */
  async until(line: RegExp, say?: string): Promise<string> {
    if (this.#ended !== undefined) throw this.#ended;
    const answer = new Promise<string>((resolve, reject) => {
      this.#wanted = line;
      this.#answer = { resolve, reject };
    });
    this.#process.kill('SIGCONT');
    if (say !== undefined) this.#process.stdin?.write(`${say}\n`);
    return await answer;
  }

  end(): void {
    this.#answer = undefined;
    this.#process.kill('SIGKILL');
  }

  readonly #take = (line: string): void => {
    this.#last.splice(0, this.#last.length - 20);
    this.#last.push(line);
    if (this.#answer === undefined || this.#wanted?.test(line) !== true) return;
    this.#process.kill('SIGSTOP');
    this.#answer.resolve(line);
    this.#answer = undefined;
  };
}

/** A program that says it is ready, and then does a round for each line that it reads (`takeRounds`). */
async function startProgram(command: Command, extra: Variables): Promise<Runner> {
  const child = new Child(command, extra);
  await child.until(/^ready$/);
  return {
    round: async () => JSON.parse(await child.until(/^\{/, 'next')) as Trial,
    end: () => {
      child.end();
    },
  };
}

/** Starts a program of bench/trials/. */
export function startNode(program: string, args: (string | number)[], extra: Variables = {}): Promise<Runner> {
  return startProgram(nodeCommand(program, args), extra);
}

/** Starts a program of bench/peer/. */
export function startPeer(program: string, args: (string | number)[], extra: Variables = {}): Promise<Runner> {
  return startProgram(peerCommand(program, args), extra);
}

/**
 * Starts Caffe's own tool on a training whose solver displays every `iterations` iterations: a round is one such span.
 */
export async function startTool(args: string[], quantity: string, iterations: number): Promise<Runner> {
  const child = new Child(toolCommand(args), { GLOG_minloglevel: '0', GLOG_logtostderr: '1' });
  const displayed = /\] Iteration \d+ \(/;
  await child.until(displayed);
  return {
    async round() {
      const [cpu, wall] = [computed(child.pid), process.hrtime.bigint()];
      await child.until(displayed);
      const took = Number(process.hrtime.bigint() - wall);
      return {
        wall: { [quantity]: took / iterations },
        cpu: { [quantity]: (computed(child.pid) - cpu) / iterations },
      };
    },
    end: () => {
      child.end();
    },
  };
}
