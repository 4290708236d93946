import { EventEmitter } from 'node:events';

/**
 * An EventEmitter of node:events that knows which of its events have listeners: what nobody listens to costs nothing.
 * As usual there, listeners are called in the order in which they were added, and what one throws goes to whoever
 * caused the event. A promise that one returns is not waited for.
 */
export abstract class Emitter<Events extends Record<keyof Events, unknown[]>> extends EventEmitter<Events> {
  constructor() {
    super();
    this.#watch();
  }

  /** Told whenever a listener is added or removed: the events that have some. @internal */
  protected abstract listen(events: ReadonlySet<string | symbol>): void;

  #watch(): void {
    const meta = this as unknown as EventEmitter;
    // The first comes after a listener was removed, the second before one is added.
    meta.on('removeListener', () => {
      this.listen(new Set(meta.eventNames()));
    });
    meta.on('newListener', (event: string | symbol) => {
      this.listen(new Set([...meta.eventNames(), event]));
    });
  }

  override removeAllListeners(event?: Parameters<EventEmitter<Events>['removeAllListeners']>[0]): this {
    if (event !== undefined) return super.removeAllListeners(event);
    super.removeAllListeners();
    this.#watch();
    this.listen(new Set());
    return this;
  }
}
