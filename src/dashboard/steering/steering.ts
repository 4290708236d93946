import { log } from '../../log/log.js';
import type { Subscription } from '../../events/subscription.js';
import type { Solver } from '../../solver/solver.js';
import type { Mark } from '../history/history.js';
import type { Link } from '../link.js';
import type { Answer, Command, RunState, Status, ToSolver } from '../messages.js';
import { makeChange, multipliersOf } from './change.js';

/** How long it may take until a run begins that is to be paused, in milliseconds. */
const patience = 500;

/** Answers a command: at once, or when it is done. */
type Reply = (text: string, value?: unknown) => void;

/** What the dashboard does when the run is held, or stopped by a page. */
export interface Told {
  held: () => void;
  stopped: () => void;
}

/** What pages may ask for beside steering. */
export interface Sights {
  pictures: (layer: number) => unknown;
  classify: (pixels: Uint8Array) => unknown;
}

/** What changes only when somebody changes it. */
type Fixed = Pick<Status, 'maxIter' | 'averageLoss' | 'snapshotPrefix' | 'settings' | 'multipliers'>;

function settingsOf(solver: Solver, lrIsSet: boolean): Fixed {
  const { maxIter, averageLoss, snapshotPrefix, momentum, weightDecay, lrPolicy } = solver.param;
  const settings = { lr: solver.lr, lrPolicy, lrIsSet, momentum, weightDecay };
  return { maxIter, averageLoss, snapshotPrefix, settings, multipliers: multipliersOf(solver) };
}

/** How a solver stands that nobody steers yet. */
export function statusOf(solver: Solver): Status {
  const { iter, testNets } = solver;
  return { state: 'idle', iter, testNets: testNets.length, ...settingsOf(solver, false) };
}

/**
 * Does what pages ask of a solver. While a run is under way, that is between two iterations: in `stepAsync` and `train`
 * the run lets the event loop turn meanwhile, in `step` it blocks the thread as `step` does.
 */
export class Steering implements Disposable {
  readonly #solver: Solver;
  readonly #link: Link;
  readonly #sights: Sights;
  readonly #on: Told;
  readonly #unwatch: () => void;
  #waiting: ToSolver[] = [];
  /** Set while the run is to wait, or waits. */
  #hold: Subscription | undefined;
  #isHeld = false;
  /** Lets a run that is held go on, or serve what it has been asked for. */
  #release: (() => void) | undefined;
  #hasAsked = false;
  #pausing: Reply[] = [];
  #lrIsSet = false;
  /** Whether pages have heard that the solver trains: a program may call `step` for one iteration at a time. */
  #wasTraining = false;
  #statusTimer: NodeJS.Timeout | undefined;
  #told: Fixed | undefined;

  /** @param status - how the solver stands: while a run is under way it cannot be asked */
  constructor(solver: Solver, link: Link, status: Status, sights: Sights, on: Told) {
    this.#solver = solver;
    this.#link = link;
    this.#sights = sights;
    this.#on = on;
    this.#told = status;
    this.#wasTraining = solver.runs.isUnderWay;
    this.#unwatch = solver.runs.watch({ begin: this.#begin, abort: this.#abort, end: this.#end });
    link.listen(this.#hear);
    this.sendStatus();
  }

  get #isRunning(): boolean {
    return this.#solver.runs.isUnderWay;
  }

  /** Between two iterations: does what has been asked for. It costs nothing if nothing has. */
  readonly afterIteration = (): void => {
    if (this.#waiting.length > 0 || this.#link.rings) this.#serve();
  };

  readonly #hear = (command: ToSolver): void => {
    this.#waiting.push(command);
    // The nets of a run that is under way cannot be looked at until it is between two iterations.
    if (!this.#isRunning || this.#isHeld) this.#serve();
  };

  #serve(): void {
    const commands = [...this.#waiting, ...this.#link.take()];
    this.#waiting = [];
    for (const { id, command } of commands) {
      try {
        this.#do(command, this.#replyTo(id), (error) => {
          this.#refuse(id, error);
        });
      } catch (error) {
        this.#refuse(id, error);
      }
    }
  }

  #replyTo(id: number): Reply {
    return (text, value) => {
      const answer: Answer = { iter: this.#solver.iter, text, ...(value === undefined ? {} : { value }) };
      this.#link.send({ kind: 'answer', id, answer });
    };
  }

  #refuse(id: number, error: unknown): void {
    this.#link.send({ kind: 'answer', id, error: error instanceof Error ? error.message : String(error) });
  }

  #do(command: Command, reply: Reply, refuse: (error: unknown) => void): void {
    switch (command.name) {
      case 'pause':
        this.#pause(reply);
        break;
      case 'resume':
        this.#resume(reply);
        break;
      case 'stop':
        this.#stop(reply);
        break;
      case 'snapshot':
        reply(this.#snapshot());
        break;
      case 'test':
        this.#test(reply, refuse);
        break;
      case 'change':
        this.#change(command.change, reply);
        break;
      case 'pictures':
        reply('', this.#sights.pictures(command.layer));
        break;
      case 'classify':
        reply('', this.#sights.classify(command.pixels));
        break;
    }
  }

  /** Writes it into the log of Caffe, and into the charts. */
  #note(kind: Mark['kind'], text: string, save = false): void {
    const { iter } = this.#solver;
    log(`dashboard: iteration ${iter}: ${text}`);
    this.#link.send({ kind: 'mark', mark: { iter, kind, text, time: Date.now() }, save });
  }

  #pause(reply: Reply): void {
    if (this.#isHeld) {
      reply('paused');
      return;
    }
    this.#pausing.push(reply);
    this.#hold ??= this.#solver.hold(this.#held);
    this.sendStatus();
    // A program that calls `step` in a loop is often between two calls.
    if (!this.#isRunning) setTimeout(this.#confirmLater, patience);
  }

  readonly #confirmLater = (): void => {
    if (!this.#isRunning) this.#confirmPause('the next run pauses after its first iteration');
  };

  #confirmPause(text: string): void {
    for (const reply of this.#pausing.splice(0)) reply(text);
  }

  #resume(reply: Reply): void {
    if (this.#hold !== undefined || this.#solver.runs.isStopped) this.#note('resume', 'resumed');
    this.#letGo();
    this.#solver.runs.resume();
    this.#confirmPause('resumed');
    this.#release?.();
    reply('resumed');
    this.sendStatus();
  }

  /** The listeners of the solver's event put it into the charts. */
  #snapshot(): string {
    const { state } = this.#solver.snapshot();
    log(`dashboard: iteration ${this.#solver.iter}: snapshot ${state}`);
    return `snapshot ${state}`;
  }

  /** If the snapshot cannot be written, the training goes on. */
  #stop(reply: Reply): void {
    const { runs } = this.#solver;
    if (runs.isStopped) {
      reply('stopped');
      return;
    }
    const how = this.#solver.param.snapshotPrefix ? this.#snapshot() : 'no snapshot: the solver has no snapshot_prefix';
    const text = `stopped, ${how}`;
    runs.stop();
    this.#letGo();
    this.#confirmPause('stopped');
    this.#note('stop', text);
    this.#on.stopped();
    this.#release?.();
    reply(text);
    this.sendStatus();
  }

  #letGo(): void {
    this.#hold?.();
    this.#hold = undefined;
    this.#isHeld = false;
  }

  #test(reply: Reply, refuse: (error: unknown) => void): void {
    const { length } = this.#solver.testNets;
    if (length === 0) throw new RangeError('the solver has no test net');
    const done = (): void => {
      this.#note('test', 'tested');
      reply('tested');
    };
    if (!this.#isRunning) {
      // At once: a promise would still be pending when the program calls `step` again, which the solver then refuses.
      for (let index = 0; index < length; index++) this.#solver.test(index);
      done();
      return;
    }
    let left = length;
    const resolve = (): void => {
      if (--left === 0) done();
    };
    for (let index = 0; index < length; index++) this.#solver.requestTest(index, { resolve, reject: refuse });
    // A run that is held serves what it has been asked for.
    this.#hasAsked = true;
    this.#release?.();
  }

  #change(change: Parameters<typeof makeChange>[1], reply: Reply): void {
    const text = makeChange(this.#solver, change);
    if (change.lr !== undefined) this.#lrIsSet = change.lr !== null;
    this.#note('change', text);
    reply(text);
    this.#told = undefined;
    this.sendStatus();
  }

  /** Holds the run. It is called again until there is no hold any more. */
  readonly #held = (waits: boolean): Promise<void> | undefined => {
    if (!this.#isHeld) {
      this.#isHeld = true;
      this.#on.held();
      this.#note('pause', 'paused');
      this.#confirmPause('paused');
      this.sendStatus();
    }
    this.#hasAsked = false;
    this.#serve();
    if (waits) return this.#letTurn();
    while (this.#isHeld && !this.#hasAsked) {
      if (this.#link.wait()) this.#serve();
      else this.#letGo(); // the server has ended: nobody will resume
    }
    return undefined;
  };

  async #letTurn(): Promise<void> {
    if (this.#isHeld && !this.#hasAsked) {
      await new Promise<void>((resolve) => {
        this.#release = resolve;
      });
    }
    this.#release = undefined;
  }

  readonly #begin = (): void => {
    clearTimeout(this.#statusTimer);
    this.#statusTimer = undefined;
    if (this.#wasTraining) return;
    this.#wasTraining = true;
    this.#told = undefined;
    this.sendStatus();
  };

  /** A run that waits could not end. */
  readonly #abort = (): void => {
    this.#letGo();
    this.#confirmPause('the run ends');
    this.#release?.();
  };

  readonly #end = (): void => {
    this.#isHeld = false;
    this.#release = undefined;
    if (this.#pausing.length > 0) setTimeout(this.#confirmLater, patience);
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = undefined;
      this.#wasTraining = false;
      this.#told = undefined;
      this.sendStatus();
      this.#serve();
    }, 50);
  };

  get #state(): RunState {
    const { runs, iter } = this.#solver;
    if (runs.isStopped) return 'stopped';
    if (this.#isHeld) return 'paused';
    if (this.#hold !== undefined) return 'pausing';
    if (this.#isRunning) return 'training';
    const { maxIter } = this.#settings;
    return maxIter > 0 && iter >= maxIter ? 'finished' : 'idle';
  }

  /** The solver cannot be asked while it computes on its own thread: this is what it said before. */
  get #settings(): Fixed {
    return (this.#told ??= settingsOf(this.#solver, this.#lrIsSet));
  }

  sendStatus(): void {
    const { iter, testNets } = this.#solver;
    const status = { ...this.#settings, state: this.#state, iter, testNets: testNets.length };
    this.#link.send({ kind: 'status', status });
  }

  /** Lets go of the solver: a run that is held goes on. */
  [Symbol.dispose](): void {
    clearTimeout(this.#statusTimer);
    this.#unwatch();
    this.#letGo();
    this.#solver.runs.resume();
    this.#release?.();
  }
}
