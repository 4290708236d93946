import { History, type HistoryRecord } from '../../dashboard/history/history.js';
import type { Entry } from './entry.js';
import type { Log } from './log.js';

/** The curve that an entry belongs to. */
function curveOf({ of, name }: Entry): string {
  if (of === 'solver') return name;
  return `${of === 'train' ? 'train' : of === 0 ? 'test' : `test${of}`}.${name}`;
}

/**
 * What a log has told, as the history of a run. A log counts the updates before an iteration, a history those after it.
 */
export function pastRun({ entries }: Log, name: string): HistoryRecord {
  const history = new History();
  let before: { iter: number; seconds: number } | undefined;
  for (const entry of entries) {
    const { of, seconds, value } = entry;
    const iter = typeof of === 'number' ? entry.iter : entry.iter + 1;
    if (!Number.isNaN(seconds) && entry.iter !== before?.iter) {
      // A run that went on from a snapshot tells of some iterations again.
      if (before !== undefined && entry.iter < before.iter) history.rewind(entry.iter);
      else if (before !== undefined) {
        history.add('milliseconds', iter, (1000 * (seconds - before.seconds)) / (entry.iter - before.iter));
      }
      history.add('seconds', iter, seconds);
      before = { iter: entry.iter, seconds };
    }
    history.add(curveOf(entry), iter, value);
  }
  return history.record(name);
}
