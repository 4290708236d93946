import { readFile } from '../../proto/source.js';
import { Failure } from '../failure.js';
import { parseCsv } from './csv-rows.js';
import { parseEvents } from './events.js';
import { parseGlog } from './glog.js';
import type { Entry } from './entry.js';

/** What a run has told of itself, in the order in which it did. */
export interface Log {
  path: string;
  entries: Entry[];
}

/**
 * Reads the log of a run: Caffe's own, the CSV of `train --csv`, or what `train --json` prints. The text tells which.
 *
 * @throws {Failure} if no number of an iteration is in it
 */
export function readLog(path: string): Log {
  // As a spreadsheet saves it: with a byte order mark, and two characters at the ends of lines.
  const text = new TextDecoder().decode(readFile(path)).replaceAll('\r\n', '\n');
  const parse = text.startsWith('{') ? parseEvents : text.startsWith('iter,') ? parseCsv : parseGlog;
  const entries = parse(text, path);
  if (entries.length > 0) return { path, entries };
  throw new Failure(
    `${path}: no loss, rate or output of an iteration is in it; expected a log of Caffe, the CSV of train --csv, ` +
      'or what train --json prints',
  );
}
