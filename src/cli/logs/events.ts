import { Failure } from '../failure.js';
import type { Entry } from './entry.js';

/** NaN and the infinities are strings in JSON. */
type Written = number | string;

/** An object that `train --json` prints. */
interface Event {
  event: string;
  iter: number;
  net?: number;
  loss?: Written;
  lr?: Written;
  outputs?: Record<string, Written>;
}

function parse(line: string, path: string, index: number): Event {
  try {
    return JSON.parse(line) as Event;
  } catch (cause) {
    throw new Failure(`${path}:${index + 1}: no JSON object: ${(cause as Error).message}`, { cause });
  }
}

/** Reads what `train --json` has printed. A last line that is not whole yet is left. */
export function parseEvents(text: string, path: string): Entry[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.flatMap((line, index) => {
    if (!line.startsWith('{')) return [];
    const { event, iter, net, loss, lr, outputs = {} } = parse(line, path, index);
    if (event !== 'iteration' && event !== 'test') return [];
    const entry = (of: Entry['of'], name: string, value: Written | undefined): Entry[] =>
      value === undefined ? [] : [{ iter, seconds: NaN, of, name, value: Number(value) }];
    return [
      ...entry('solver', 'loss', loss),
      ...entry('solver', 'lr', lr),
      ...Object.entries(outputs).flatMap(([name, value]) =>
        entry(event === 'test' ? (net ?? 0) : 'train', name, value),
      ),
    ];
  });
}
