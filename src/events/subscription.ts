/**
 * Takes back what made it: removes a callback, ends the listening. Twice is fine. `using` calls it at the end of its
 * block.
 */
export interface Subscription extends Disposable {
  (): void;
}

/** @internal */
export function subscription(undo: () => void): Subscription {
  let active = true;
  const end = (): void => {
    if (!active) return;
    active = false;
    undo();
  };
  return Object.assign(end, { [Symbol.dispose]: end });
}
