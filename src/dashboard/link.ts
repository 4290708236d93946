import { once } from 'node:events';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { CaffeError } from '../error/caffe-error.js';
import { log } from '../log/log.js';
import type { ToServer, ToSolver } from './messages.js';
import type { FromThread, ServerData } from './server/worker.js';

/** How long a blocked thread waits for the bell before it looks whether the server is still there. */
const patience = 1000;

/** The server's thread, as the solver's thread sees it. */
export class Link {
  readonly port: number;
  readonly #worker: Worker;
  readonly #commands: MessagePort;
  readonly #bell: Int32Array;
  readonly #exit: Promise<void>;
  #heard = 0;
  #isOpen = true;

  private constructor(worker: Worker, commands: MessagePort, bell: Int32Array, port: number) {
    this.#worker = worker;
    this.#commands = commands;
    this.#bell = bell;
    this.port = port;
    // An error that nobody listens for would be thrown here, and end the training.
    worker.on('error', (error) => {
      log(`dashboard: its server has failed: ${error.message}`);
    });
    this.#exit = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#isOpen = false;
        this.#commands.close();
        this.#ended();
        resolve();
      });
    });
  }

  #ended: () => void = () => undefined;

  /** Calls `ended` when the server's thread has ended, also by a failure of its own. */
  onEnd(ended: () => void): void {
    this.#ended = ended;
  }

  /** @throws {CaffeError} ERR_CAFFE_FILE if it cannot listen there */
  static async open(data: Omit<ServerData, 'commands' | 'bell'>): Promise<Link> {
    const { port1, port2 } = new MessageChannel();
    const bell = new SharedArrayBuffer(8);
    const workerData: ServerData = { ...data, commands: port2, bell };
    // It needs no loader that the program may have been started with.
    const worker = new Worker(new URL('./server/worker.js', import.meta.url), {
      workerData,
      transferList: [port2],
      execArgv: [],
      name: 'tscaffe dashboard',
    });
    const [first] = (await once(worker, 'message')) as [FromThread];
    if ('port' in first) return new Link(worker, port1, new Int32Array(bell), first.port);
    port1.close();
    await worker.terminate();
    const message = `the dashboard cannot listen at ${data.host}:${data.port}: ${first.failure}`;
    throw new CaffeError('ERR_CAFFE_FILE', message, {});
  }

  send(message: ToServer): void {
    if (this.#isOpen) this.#worker.postMessage(message);
  }

  /** Calls `hear` for each command that comes while the event loop turns. */
  listen(hear: (command: ToSolver) => void): void {
    this.#commands.on('message', hear);
  }

  /** Whether there may be commands that have not been taken. It costs nothing to ask. */
  get rings(): boolean {
    return Atomics.load(this.#bell, 0) !== this.#heard;
  }

  /** The commands that have come while the thread was busy. */
  *take(): Iterable<ToSolver> {
    this.#heard = Atomics.load(this.#bell, 0);
    for (;;) {
      const received = receiveMessageOnPort(this.#commands) as { message: ToSolver } | undefined;
      if (received === undefined) return;
      yield received.message;
    }
  }

  /** Blocks the thread until a command comes, or for a second. False if none will ever come. */
  wait(): boolean {
    Atomics.wait(this.#bell, 0, this.#heard, patience);
    return Atomics.load(this.#bell, 1) === 0;
  }

  async close(): Promise<void> {
    this.send({ kind: 'close' });
    await this.#exit;
  }
}
