import { inspect, type InspectOptionsStylized } from 'node:util';
import { decimalOf } from '../proto/decimal.js';
import { netText } from './net-text.js';
import { readable } from './words.js';

type ReadableNet = Parameters<typeof netText>[0];

/** What {@link solverText} prints. */
interface ReadableSolver {
  readonly type: string;
  readonly iter: number;
  readonly lr: number;
  readonly loss: number;
  readonly smoothedLoss: number;
  readonly param: { readonly maxIter: number };
  readonly net: ReadableNet;
  readonly testNets: readonly ReadableNet[];
}

/** A solver for `console.log`: how far it is, its rate and its loss. Its nets are named. */
export function solverText(solver: ReadableSolver, depth: number, options: InspectOptionsStylized): string {
  const title = solver.constructor.name;
  if (depth < 0) return options.stylize(`[${title}]`, 'special');
  const named = (net: ReadableNet): object => ({ [inspect.custom]: () => netText(net, -1, options) });
  const float = (read: () => number): number | undefined => readable(() => decimalOf(read()));
  const state = {
    type: readable(() => solver.type),
    iter: readable(() => solver.iter),
    maxIter: readable(() => solver.param.maxIter),
    lr: float(() => solver.lr),
    loss: float(() => solver.loss),
    smoothedLoss: float(() => solver.smoothedLoss),
    net: readable(() => named(solver.net)),
    testNets: readable(() => solver.testNets.map(named)),
  };
  const known = Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined));
  return `${title} ${inspect(known, { ...options, depth: 1 })}`;
}
