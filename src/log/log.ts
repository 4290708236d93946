import type { NativeLogLine } from '../../typings/native.js';
import { expectFunction, expectOneOf, expectOptions, expectString } from '../error/argument.js';
import { subscription, type Subscription } from '../events/subscription.js';
import { native } from '../native/load.js';

/** The severities of Caffe's log, from the lowest to the highest. */
export type LogSeverity = 'info' | 'warning' | 'error';

/** A line of Caffe's own log. */
export interface LogLine {
  /** How severe the line is. */
  severity: LogSeverity;
  /** The C++ source that wrote it, such as `net.cpp:122`. */
  source: string;
  /** The text of the line, without Caffe's prefix. */
  text: string;
}

const severities: readonly LogSeverity[] = ['info', 'warning', 'error'];

interface Listener {
  receive: (line: LogLine) => void;
  least: number;
}

const listeners = new Set<Listener>();

/**
 * `TSCAFFE_LOG` (info, warning, error or silent) sets what is printed while there are no listeners. The default is
 * warning.
 */
function printedSeverity(): number {
  const wanted = process.env['TSCAFFE_LOG'] ?? 'warning';
  const least = (severities as readonly string[]).indexOf(wanted);
  if (least >= 0) return least;
  if (wanted !== 'silent') {
    process.emitWarning(`TSCAFFE_LOG is ${JSON.stringify(wanted)}; expected info, warning, error or silent`);
  }
  return severities.length;
}

const printer: Listener = {
  least: printedSeverity(),
  receive: ({ severity, source, text }) => process.stderr.write(`caffe ${severity} ${source}] ${text.trimEnd()}\n`),
};

function chooseSeverity(): void {
  const heard = listeners.size > 0 ? [...listeners] : [printer];
  native.setLogSeverity(Math.min(...heard.map(({ least }) => least)));
}

chooseSeverity();

/**
 * Calls `receive` for each line of Caffe's log, in order. Nothing is printed while there are listeners.
 *
 * Lines are delivered between the iterations of a solver and when a call returns, never from within Caffe. `receive`
 * may therefore use nets itself. Lines that Caffe logs because of that go to no listener. They are printed as if there
 * were no listeners. If `receive` throws, the error is reported as an uncaught exception. It does not end the current
 * call.
 *
 * Each JavaScript thread gets the lines that its own calls log. Lines of Caffe's reading threads go to whichever
 * thread comes first.
 *
 * @param options.severity - the lowest severity to receive, `'info'` by default
 * @returns a function that ends the listening
 */
export function onLog(receive: (line: LogLine) => void, options: { severity?: LogSeverity } = {}): Subscription {
  expectFunction(receive, 'receive');
  const { severity = 'info' } = expectOptions(options, ['severity']);
  const least = severities.indexOf(expectOneOf(severity, 'severity', severities));
  const listener = { receive, least };
  listeners.add(listener);
  chooseSeverity();
  return subscription(() => {
    listeners.delete(listener);
    chooseSeverity();
  });
}

/** Writes a line of severity info to Caffe's own log, among Caffe's lines. */
export function log(text: string): void {
  native.log(expectString(text, 'text'));
}

/**
 * Whether listeners are running. If they received the lines that they cause themselves, they could cause new ones
 * without end.
 */
let telling = false;

function tell({ severity, source, text }: NativeLogLine, hearers: Iterable<Listener>): void {
  for (const { receive, least } of hearers) {
    if (severity < least) continue;
    try {
      receive({ severity: severities[severity] ?? 'error', source, text });
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  }
}

/** @internal */
export function receiveLog(lines: NativeLogLine[]): void {
  const own = telling;
  telling = true;
  for (const line of lines) tell(line, own || listeners.size === 0 ? [printer] : [...listeners]);
  telling = own;
}
