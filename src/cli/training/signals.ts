/** What a signal does to a training, in the words of Caffe's tool. */
export const effects = ['stop', 'snapshot', 'none'] as const;
export type Effect = (typeof effects)[number];

interface Answers {
  stop: (signal: NodeJS.Signals) => void;
  snapshot: () => void;
}

/**
 * Does what is asked for when SIGINT or SIGHUP comes, until it is disposed. A second signal that stops ends the process
 * at once, as if nobody listened.
 */
export class SignalEffects implements Disposable {
  readonly #listeners: [NodeJS.Signals, () => void][];
  #isStopping = false;

  constructor(effectOf: { SIGINT: Effect; SIGHUP: Effect }, { stop, snapshot }: Answers) {
    this.#listeners = (['SIGINT', 'SIGHUP'] as const).map((signal) => {
      const listener = (): void => {
        if (effectOf[signal] === 'snapshot') snapshot();
        if (effectOf[signal] !== 'stop') return;
        if (this.#isStopping) this.#end(signal);
        this.#isStopping = true;
        stop(signal);
      };
      process.on(signal, listener);
      return [signal, listener];
    });
  }

  #end(signal: NodeJS.Signals): void {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}
