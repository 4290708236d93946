import { isMainThread } from 'node:worker_threads';
import { native } from './load.js';

/**
 * `process.on('SIGFPE')` makes libuv put its own handler in the place of the addon's, and removing the last listener
 * puts none there. A division by zero inside of Caffe then ran into libuv's handler for ever. So the addon's goes back
 * before libuv's at once. It leaves to libuv's every signal that is sent.
 */
export function keepSignals(): void {
  if (!isMainThread) return; // no other thread hears signals
  for (const event of ['newListener', 'removeListener'] as const) {
    // Node.js listens to the same two events, and was first.
    process.on(event, (name: string | symbol) => {
      if (typeof name === 'string' && name.startsWith('SIG')) native.putSignalsBack();
    });
  }
}
