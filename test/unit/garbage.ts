import { setImmediate } from 'node:timers/promises';

/** Collects garbage until `ref` is gone, and says whether it is. Finalizers of native objects run between the turns. */
export async function isCollected(ref: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 20; turn++) {
    // To look at a WeakRef keeps its object for the rest of the turn.
    await setImmediate();
    globalThis.gc?.();
    await setImmediate();
    if (ref.deref() === undefined) return true;
  }
  return false;
}
