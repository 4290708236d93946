import type { Entry } from './entry.js';

/** A row of parse_log.py: the outputs of one net at one iteration. */
interface Row {
  iter: number;
  seconds: number;
  rate: number;
  outputs: Map<string, number>;
}

/** A number as Python prints a float, so that the files have the bytes of parse_log.py. */
function asInPython(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return x.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(x) ? `${Object.is(x, -0) ? '-0' : x}.0` : String(x);
}

/** The rows of the train net or of the test nets. Outputs of a second test net are named `test1.X`. */
function rowsOf(entries: readonly Entry[], isWanted: (of: Entry['of']) => boolean): Row[] {
  const rows: Row[] = [];
  let rate = NaN;
  for (const { iter, seconds, of, name, value } of entries) {
    // Caffe tells the rate after the outputs: in parse_log.py, and so here, a row has the rate that was told before it.
    if (of === 'solver' && name === 'lr') rate = value;
    if (!isWanted(of)) continue;
    if (rows.at(-1)?.iter !== iter) rows.push({ iter, seconds, rate, outputs: new Map() });
    rows.at(-1)?.outputs.set(typeof of === 'number' && of > 0 ? `test${of}.${name}` : name, value);
  }
  // The first one is from before the first rate.
  const [first, second] = rows;
  if (first !== undefined && second !== undefined) first.rate = second.rate;
  return rows;
}

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function csvOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap(({ outputs }) => [...outputs.keys()]))];
  const lines = [
    ['NumIters', 'Seconds', 'LearningRate', ...names].map(cell),
    ...rows.map(({ iter, seconds, rate, outputs }) => [
      ...[iter, seconds, rate].map(asInPython),
      ...names.map((name) => (outputs.has(name) ? asInPython(outputs.get(name) ?? NaN) : '')),
    ]),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** The two CSV files of parse_log.py; `''` for one without rows. */
export function tablesOf(entries: readonly Entry[]): { train: string; test: string } {
  const [train, test] = [rowsOf(entries, (of) => of === 'train'), rowsOf(entries, (of) => typeof of === 'number')];
  return { train: train.length > 0 ? csvOf(train) : '', test: test.length > 0 ? csvOf(test) : '' };
}
