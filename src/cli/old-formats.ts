import { onLog } from '../index.js';

/** Does what reads files of old formats on purpose: that they are old, which Caffe warns of, is no news. */
export function withoutWarnings<T>(work: () => T): T {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- listens until the block ends
  using _ = onLog(({ source, text }) => process.stderr.write(`caffe error ${source}] ${text.trimEnd()}\n`), {
    severity: 'error',
  });
  return work();
}
