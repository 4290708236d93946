import { isMainThread } from 'node:worker_threads';
import { sharedSymbol } from '../copies/any-copy.js';
import { addon } from './addon-file.js';
import { native } from './load.js';

const kept = sharedSymbol(`signals of ${addon}`);

/**
 * `process.on('SIGFPE')` makes libuv put its own handler in the place of the addon's, and removing the last listener
 * puts none there. A division by zero inside of Caffe then ran into libuv's handler for ever. So the addon's goes back
 * before libuv's at once. It leaves to libuv's every signal that is sent.
 *
 * Once for all copies of the package, and by a function of the addon: the process would keep the copy.
 */
export function keepSignals(): void {
  const known = process as unknown as Record<symbol, boolean>;
  if (!isMainThread || known[kept]) return; // no other thread hears signals
  known[kept] = true;
  // Node.js listens to the same two events, and was first.
  for (const event of ['newListener', 'removeListener'] as const) {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- a function of the addon, without `this`
    process.on(event, native.putSignalsBack);
  }
}
