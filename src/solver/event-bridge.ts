import type { EventEmitter } from 'node:events';
import { isMainThread } from 'node:worker_threads';
import type { NativeSnapshot, NativeSolver, SolverEvent } from '../../typings/native.js';
import { Callbacks } from '../events/callbacks.js';
import type { Net } from '../net/net.js';
import { SolverProfile } from '../profile/solver-profile.js';
import { outputsByName, type SolverEvents, type TrainingReport } from './events.js';
import type { Run } from './run.js';
import type { Snapshot } from './snapshot.js';

/** The events that Caffe reports, and the solver events that follow from each. */
const eventsOf = {
  rate: ['lr'],
  iteration: ['iteration', 'timings'],
  test: ['test'],
  snapshot: ['snapshot'],
} as const satisfies Partial<Record<SolverEvent[0], readonly (keyof SolverEvents)[]>>;
type Told = keyof typeof eventsOf;

interface Bridged {
  native: NativeSolver;
  net: Net;
  testNets: readonly Net[];
  run: Run;
  /** The emitter that emits the events. */
  emitter: EventEmitter<SolverEvents>;
}

/**
 * Connects Caffe, which reports on a solver's run, with callbacks, listeners of events, and pending requests.
 *
 * @internal
 */
export class EventBridge {
  readonly onStart = this.#callbacks('start', 'onStart');
  readonly onGradientsReady = this.#callbacks('gradientsReady', 'onGradientsReady');
  /** Called between two iterations, again and again while there are any, with whether Caffe waits for a promise. */
  readonly onHeld = new Callbacks<[waits: boolean]>('onHeld', (wanted) => {
    this.#native.listen('held', wanted);
  });
  readonly #native: NativeSolver;
  readonly #net: Net;
  readonly #testNets: readonly Net[];
  readonly #run: Run;
  readonly #emitter: EventEmitter<SolverEvents>;
  /** The events that have listeners. */
  #listened: ReadonlySet<string | symbol> = new Set();
  /** The events that Caffe is asked to report for these listeners. */
  readonly #told = new Set<Told>();
  /** Whether each iteration must be reported, even without listeners. */
  #mustHear = false;
  /** Set while the event `timings` has a listener. */
  #profile: SolverProfile | undefined;

  constructor({ native, net, testNets, run, emitter }: Bridged) {
    this.#native = native;
    this.#net = net;
    this.#testNets = testNets;
    this.#run = run;
    this.#emitter = emitter;
    native.hear = this.#hear;
    native.listen('answer', true);
    native.listen('sources', run.sources.any);
  }

  #callbacks(event: SolverEvent[0], name: string): Callbacks<[]> {
    return new Callbacks(name, (wanted) => {
      this.#native.listen(event, wanted);
    });
  }

  readonly #hear = (...told: SolverEvent): unknown => {
    switch (told[0]) {
      case 'start': {
        const [, waits] = told;
        return this.onStart.call(waits);
      }
      case 'gradientsReady': {
        const [, waits] = told;
        return this.onGradientsReady.call(waits);
      }
      case 'held': {
        const [, waits] = told;
        return this.#held(waits);
      }
      case 'rate': {
        const [, , lr, previous] = told;
        this.#emitter.emit('lr', { iter: this.#native.iter(), lr, previous });
        return;
      }
      case 'iteration':
        this.#iterated();
        return;
      case 'test': {
        const [, , index, means] = told;
        this.tested(index, means);
        return;
      }
      case 'snapshot': {
        const [, , files] = told;
        this.snapshotTaken(files);
        return;
      }
      case 'answer': {
        const [, , request, error, answer] = told;
        this.#run.requests.answer(request, error, answer);
        return;
      }
      case 'sources':
        return this.#run.sources.snapshot(this.#native.iter());
    }
  };

  /** The time of an iteration is without that in which the run was held. */
  #held(waits: boolean): Promise<void> | undefined {
    const lap = (): void => {
      this.#run.lap();
    };
    const held = this.onHeld.call(waits, waits)?.then(lap);
    if (held === undefined) lap();
    return held;
  }

  #iterated(): void {
    const milliseconds = this.#run.lap();
    if (this.#profile !== undefined) {
      this.#emitter.emit('timings', { iter: this.#native.iter(), layers: this.#profile.lap() });
    }
    if (this.#listened.has('iteration')) this.#emitter.emit('iteration', this.report(milliseconds));
  }

  /** The report on an iteration. */
  report(milliseconds: number): TrainingReport {
    const { outputs: names, blobs } = this.#net;
    const outputs = outputsByName(
      names,
      names.map((name) => blobs[name]?.cpuData ?? []),
    );
    return {
      iter: this.#native.iter(),
      loss: this.#native.loss(),
      smoothedLoss: this.#native.smoothedLoss(),
      lr: this.#native.lr(),
      outputs,
      milliseconds,
    };
  }

  /**
   * Handles the result of a test net.
   *
   * @returns the means of its outputs, by name
   */
  tested(index: number, means: number[][]): Record<string, number> {
    const outputs = outputsByName(this.#testNets[index]?.outputs ?? [], means);
    if (this.#emits('test')) this.#emitter.emit('test', { iter: this.#native.iter(), index, outputs });
    return outputs;
  }

  snapshotTaken({ state, model }: NativeSnapshot): Snapshot {
    const snapshot = { iter: this.#native.iter(), state, model };
    if (this.#emits('snapshot')) this.#emitter.emit('snapshot', snapshot);
    return snapshot;
  }

  #emits(event: 'test' | 'snapshot'): boolean {
    return this.#listened.has(event) && !this.#run.isSilent;
  }

  /** Sets which events have listeners. */
  listen(events: ReadonlySet<string | symbol>): void {
    this.#listened = events;
    if (events.has('timings')) {
      this.#profile ??= new SolverProfile(this.#native, this.#net.native, this.#net.layers);
    } else {
      this.#profile?.stop();
      this.#profile = undefined;
    }
    for (const told of Object.keys(eventsOf) as Told[]) {
      this.#want(told, eventsOf[told].some((event) => events.has(event)) || (told === 'iteration' && this.#mustHear));
    }
  }

  #want(told: Told, wanted: boolean): void {
    if (wanted === this.#told.has(told)) return;
    this.#native.listen(told, wanted);
    if (wanted) this.#told.add(told);
    else this.#told.delete(told);
  }

  /**
   * Runs `work`, which blocks, in such a way that `worker.terminate()` can end it. Termination takes effect when
   * JavaScript is entered, so each iteration enters it.
   */
  terminable(work: () => void): void {
    const before = this.#mustHear;
    this.#hearIterations(!isMainThread);
    try {
      work();
    } finally {
      this.#hearIterations(before);
    }
  }

  #hearIterations(must: boolean): void {
    if (this.#mustHear === must) return;
    this.#mustHear = must;
    this.listen(this.#listened);
  }
}
