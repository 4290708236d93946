// The thread of the server. It shares nothing with the solver's thread but messages and a bell, so that pages are
// served while the solver's thread is blocked in a `step`, and nothing that pages do slows the solver down.
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import type { History, HistoryRecord } from '../history/history.js';
import type { NetDescription, Status, ToServer, WholeState } from '../messages.js';
import { Admission } from './admission.js';
import { BlobRecords } from './blob-records.js';
import { HistoryFile } from './history-file.js';
import { Routes } from './routes.js';
import { listen } from './server.js';
import { SolverLink } from './solver-link.js';
import { Streams } from './streams.js';
import { Updates } from './updates.js';

/** What the thread is started with. */
export interface ServerData {
  host: string;
  port: number;
  token: string;
  readOnly: boolean;
  /** The name of the run, and where its history lies; empty if nowhere. */
  name: string;
  historyPath: string;
  /** How the solver stands; of runs that are over, that they are. */
  status: Status;
  /** Other runs, to compare. */
  runs: HistoryRecord[];
  /** Where commands go to, and what rings for them. */
  commands: MessagePort;
  bell: SharedArrayBuffer;
}

/** What the thread says when it has begun to listen, or cannot. */
export type FromThread = { port: number } | { failure: string };

const beatInterval = 15_000;

class Dashboard {
  readonly #data: ServerData;
  readonly #history: History;
  readonly #file: HistoryFile;
  readonly #records = new BlobRecords();
  readonly #updates = new Updates((update) => {
    this.#streams.send(update);
  });
  readonly #streams = new Streams(this.#updates.flush, () => this.#wholeState());
  readonly #link: SolverLink;
  readonly #isPast: boolean;
  #status: Status;
  #net: NetDescription | undefined;
  /** Whether the loss was a number when it was last heard of. */
  #isSound = true;

  constructor(data: ServerData) {
    const { historyPath, name, status, commands, bell } = data;
    this.#data = data;
    this.#status = status;
    this.#isPast = status.state === 'past';
    this.#file = new HistoryFile(historyPath, name, status.iter, (text) => {
      this.#mark('trouble', text);
    });
    this.#history = this.#file.history;
    this.#link = new SolverLink(commands, new Int32Array(bell));
  }

  /** Begins to serve. Until then nothing is written: the history may be that of another dashboard, at the same port. */
  async listen(): Promise<number> {
    const { host, port, token, readOnly } = this.#data;
    const routes = new Routes({
      token,
      readOnly,
      streams: this.#streams,
      records: this.#records,
      net: () => this.#net,
      ask: this.#isPast ? undefined : (command) => this.#link.ask(command),
    });
    const { server, port: own } = await listen({ host, port }, new Admission(token, host), routes);
    const beat = setInterval(() => {
      this.#streams.beat();
    }, beatInterval);
    this.#close = () => {
      clearInterval(beat);
      this.#file.finish();
      this.#updates.flush();
      this.#streams.close();
      server.close();
      server.closeAllConnections();
    };
    if (!this.#isPast && this.#history.iter > 0) this.#mark('begin', `going on from iteration ${this.#status.iter}`);
    this.#file.begin();
    return own;
  }

  #close = (): void => undefined;

  readonly hear = (message: ToServer): void => {
    switch (message.kind) {
      case 'rows':
        this.#addRows(message.rows.names, message.rows.values);
        break;
      case 'test':
        this.#history.rewind(message.iter);
        for (const [name, value] of Object.entries(message.outputs)) this.#history.add(name, message.iter, value);
        this.#updates.addTest(message.iter, message.outputs);
        this.#file.touch();
        break;
      case 'mark':
        this.#history.mark(message.mark);
        this.#updates.addMark(message.mark);
        if (message.save) this.#file.write();
        else this.#file.touch();
        break;
      case 'status':
        this.#status = message.status;
        this.#updates.status = message.status;
        break;
      case 'net':
        this.#net = message.net;
        break;
      case 'samples':
        this.#records.add(message.samples);
        this.#updates.sampled = message.samples.iter;
        break;
      case 'answer':
        this.#link.settle(message);
        break;
      case 'close':
        this.#close();
        process.exit(); // of this thread; connections that have something to send would keep it
        break;
    }
  };

  #addRows(names: readonly string[], values: Float64Array): void {
    const rows = { names, values: Array.from(values, (value) => (Number.isFinite(value) ? value : null)) };
    this.#history.addRows(rows);
    this.#updates.addRows(rows);
    this.#file.touch();
    this.#watchLoss(names, values);
  }

  #watchLoss(names: readonly string[], values: Float64Array): void {
    const [width, loss] = [names.length + 2, names.indexOf('loss') + 2];
    for (let at = 0; at + width <= values.length; at += width) {
      const value = values[at + loss] ?? 0;
      if (this.#isSound && !Number.isFinite(value)) this.#mark('trouble', `the loss is ${value}`, values[at]);
      this.#isSound = Number.isFinite(value);
    }
  }

  #mark(kind: 'begin' | 'trouble', text: string, iter = this.#status.iter): void {
    this.hear({ kind: 'mark', mark: { iter, kind, text, time: Date.now() }, save: false });
  }

  #wholeState(): WholeState {
    const { readOnly, name, runs } = this.#data;
    const own = this.#isPast ? [] : [this.#history.record(name)];
    const net = this.#net;
    return {
      title: net?.name ?? '',
      readOnly,
      runs: [...own, ...runs],
      status: this.#status,
      hasNet: net !== undefined,
      hasImage: net?.image !== undefined,
    };
  }
}

// A solver's thread that is blocked until somebody lets it go on must not wait for ever.
process.on('exit', () => {
  const bell = new Int32Array((workerData as ServerData).bell);
  Atomics.store(bell, 1, 1);
  Atomics.add(bell, 0, 1);
  Atomics.notify(bell, 0);
});

const dashboard = new Dashboard(workerData as ServerData);
parentPort?.on('message', dashboard.hear);
try {
  parentPort?.postMessage({ port: await dashboard.listen() } satisfies FromThread);
} catch (error) {
  parentPort?.postMessage({ failure: (error as Error).message } satisfies FromThread);
  parentPort?.close();
}
