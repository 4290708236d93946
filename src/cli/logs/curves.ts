import { basename, dirname } from 'node:path';
import { Failure } from '../failure.js';
import type { Entry } from './entry.js';
import type { Log } from './log.js';

type Point = readonly [x: number, y: number];

/** One quantity of one net of one run. */
export interface Curve {
  /** The run and the net, for the legend. */
  label: string;
  points: Point[];
  /** Their means over the last N points, if they are to be smoothed. */
  smooth?: Point[];
  /** Whether it is of tests, which come seldom. */
  isTest: boolean;
}

/** The curves of one quantity, as `loss` or `accuracy`. */
export interface Panel {
  quantity: string;
  curves: Curve[];
}

export interface CurveOptions {
  /** Over how many points of the train net to take means; 1 for none. */
  smooth: number;
  /** Against seconds, not iterations. */
  seconds: boolean;
  /** The quantities to show; all by default. */
  only?: readonly string[] | undefined;
}

/** Names that tell the runs apart: of the files, and of their folders where two have the same. */
function namesOf(logs: readonly Log[]): string[] {
  return logs.map(({ path }) => {
    const isAlone = logs.filter((other) => basename(other.path) === basename(path)).length === 1;
    return isAlone ? basename(path) : `${basename(dirname(path))}/${basename(path)}`;
  });
}

const netOf = (of: Entry['of']): string => (typeof of !== 'number' ? 'train' : of === 0 ? 'test' : `test ${of}`);

/** The mean of each point and those before it, as many as there are up to `count`. */
function smoothed(points: readonly Point[], count: number): Point[] {
  return points.map(([x], i) => {
    const last = points.slice(Math.max(0, i + 1 - count), i + 1);
    return [x, last.reduce((sum, [, y]) => sum + y, 0) / last.length];
  });
}

/**
 * Sorts what runs have told into panels: the loss first, then outputs by name, the rate last. An output of the train
 * net that is called `loss` is the loss, unless the solver has told it.
 */
export function panelsOf(logs: readonly Log[], { smooth, seconds, only }: CurveOptions): Panel[] {
  const panels = new Map<string, Map<string, Curve>>([['loss', new Map()]]);
  const names = namesOf(logs);
  for (const [i, { path, entries }] of logs.entries()) {
    if (seconds && entries.some((entry) => Number.isNaN(entry.seconds))) {
      throw new Failure(`${path}: has no times; Caffe's log and the CSV of train --csv have them`);
    }
    const tellsLoss = entries.some(({ of, name }) => of === 'solver' && name === 'loss');
    for (const { iter, seconds: time, of, name, value } of entries) {
      if (of === 'train' && name === 'loss' && tellsLoss) continue;
      const panel = panels.get(name) ?? new Map<string, Curve>();
      panels.set(name, panel);
      const label = logs.length === 1 ? netOf(of) : `${names[i] ?? path} ${netOf(of)}`;
      const curve = panel.get(label) ?? { label, points: [], isTest: typeof of === 'number' };
      panel.set(label, curve);
      curve.points.push([seconds ? time : iter, value]);
    }
  }
  const rank = (quantity: string): number => (quantity === 'lr' ? 1 : 0);
  const all = [...panels]
    .map(([quantity, curves]) => ({
      quantity,
      curves: [...curves.values()].sort((a, b) => Number(a.isTest) - Number(b.isTest)),
    }))
    .filter(({ curves }) => curves.length > 0)
    .sort((a, b) => rank(a.quantity) - rank(b.quantity));
  if (smooth > 1) {
    // Tests are means already, and rates are exact.
    const noisy = all.filter(({ quantity }) => quantity !== 'lr').flatMap(({ curves }) => curves);
    for (const curve of noisy) if (!curve.isTest) curve.smooth = smoothed(curve.points, smooth);
  }
  return only === undefined ? all : chosen(all, only);
}

function chosen(panels: readonly Panel[], only: readonly string[]): Panel[] {
  return only.map((name) => {
    const found = panels.find(({ quantity }) => quantity === name);
    if (found !== undefined) return found;
    throw new Failure(`no log tells ${name}; there are ${panels.map(({ quantity }) => quantity).join(', ')}`);
  });
}
