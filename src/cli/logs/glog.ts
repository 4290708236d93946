import { statSync } from 'node:fs';
import type { Entry } from './entry.js';

/** `I1129 05:05:19.553012 17371 solver.cpp:239] text`; glog 0.5 and later can be told to write the year too. */
const line = /^[IWEF](\d{4})?(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6}) +\d+ [^\]]*\] (.*)$/;

/** C++ prints `nan`, `-nan` and `inf`. */
const number = String.raw`(-?(?:nan|inf|[\d.]+(?:e[+-]?\d+)?))`;
const iteration = /Iteration (\d+)/;
const loss = new RegExp(String.raw`, loss = ${number}`);
const rate = new RegExp(String.raw`, lr = ${number}`);
const testing = /Testing net \(#(\d+)\)/;
const output = new RegExp(String.raw`(Train|Test) net output #\d+: (\S+) = ${number}`);

function numberIn(text = ''): number {
  if (text.endsWith('nan')) return NaN;
  return text.endsWith('inf') ? Number(`${text.slice(0, -3)}Infinity`) : Number(text);
}

/** Microseconds of the lines of a log, which tell no year. */
class Clock {
  #year: number;
  #last = -Infinity;

  constructor(year: number) {
    this.#year = year;
  }

  at([, year, month, day, hours, minutes, seconds, micros]: RegExpExecArray): number {
    const of = (inYear: number): number =>
      Date.UTC(inYear, Number(month) - 1, Number(day), Number(hours), Number(minutes), Number(seconds)) * 1000 +
      Number(micros);
    if (year !== undefined) return of(Number(year));
    // Threads write out of order by a little; what is half a year back is in the next year.
    if (of(this.#year) < this.#last - 183 * 86_400e6) this.#year++;
    return (this.#last = of(this.#year));
  }
}

/** Reads the log of Caffe's tool, or of anything else that runs a solver of Caffe's. */
export function parseGlog(text: string, path: string): Entry[] {
  const clock = new Clock(statSync(path).ctime.getFullYear());
  const entries: Entry[] = [];
  let [begin, iter, net] = [NaN, -1, 0];
  for (const each of text.split('\n')) {
    const match = line.exec(each);
    if (match === null) continue;
    const time = clock.at(match);
    const said = match[8] ?? '';
    const at = iteration.exec(said);
    if (Number.isNaN(begin) && (at !== null || said.includes('Solving'))) begin = time;
    if (at !== null) iter = Number(at[1]);
    net = Number(testing.exec(said)?.[1] ?? net);
    if (iter < 0) continue;
    const [, which, name = '', value] = output.exec(said) ?? [];
    const seconds = (time - begin) / 1e6;
    const add = (of: Entry['of'], what: string, found: string | undefined): void => {
      if (found !== undefined) entries.push({ iter, seconds, of, name: what, value: numberIn(found) });
    };
    if (which !== undefined) add(which === 'Train' ? 'train' : net, name, value);
    else if (at !== null) {
      add('solver', 'loss', loss.exec(said)?.[1]);
      add('solver', 'lr', rate.exec(said)?.[1]);
    }
  }
  return entries;
}
