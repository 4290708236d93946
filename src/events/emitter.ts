import { EventEmitter } from 'node:events';

/**
 * An EventEmitter of node:events that knows which of its events have listeners. An event without listeners costs
 * nothing. As usual in node:events, listeners are called in the order in which they were added. If a listener throws,
 * the error reaches the code that caused the event. A promise that a listener returns is not awaited.
 */
export abstract class Emitter<Events extends Record<keyof Events, unknown[]>> extends EventEmitter<Events> {
  constructor() {
    super();
    this.#watch();
  }

  /**
   * Called whenever a listener is added or removed, with the events that have listeners.
   *
   * @internal
   */
  protected abstract listen(events: ReadonlySet<string | symbol>): void;

  #watch(): void {
    const meta = this as unknown as EventEmitter;
    // `removeListener` fires after a listener was removed, `newListener` before one is added.
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
