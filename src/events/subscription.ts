/**
 * A function that undoes the call that returned it: it removes a callback or ends the listening. You may call it
 * twice. `using` calls it at the end of its block.
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
