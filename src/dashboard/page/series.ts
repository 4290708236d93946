import type { Curve } from '../history/curve.js';
import type { History } from '../history/history.js';
import type { Run } from './model.js';

/** What a curve is in its chart. */
export type Role = 'raw' | 'smooth' | 'line' | 'test';

/** A curve of a chart, ready to be drawn. */
export interface Series {
  label: string;
  run: Run;
  role: Role;
  x: number[];
  /** null for what is NaN or infinite. */
  y: (number | null)[];
  /** The number of its dash pattern: that of the test net. */
  dash: number;
}

/** A chart: one quantity of all runs. */
export interface Panel {
  title: string;
  unit?: string;
  /** Whether zero belongs to the picture. */
  fromZero?: boolean;
  series: Series[];
  /** The axis may be logarithmic. */
  canLog: boolean;
}

interface Options {
  byTime: boolean;
  /** From 0 to below 1. */
  smoothing: (run: Run) => number;
}

/** The mean of the values so far, of which older ones count less and less: each time `weight` of what they did. */
function smoothed(x: readonly number[], y: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight === 0) return [...y];
  const steps = x.length < 2 ? 1 : ((x.at(-1) ?? 0) - (x[0] ?? 0)) / (x.length - 1) || 1;
  let [sum, weights, before] = [0, 0, x[0] ?? 0];
  return y.map((value, i) => {
    if (value === null) return null;
    const keep = weight ** (((x[i] ?? 0) - before) / steps || 1);
    before = x[i] ?? 0;
    sum = sum * keep + value * (1 - keep);
    weights = weights * keep + (1 - keep);
    return sum / weights;
  });
}

function points(
  history: History,
  curve: Curve,
  byTime: boolean,
  scale?: (y: number) => number,
): Pick<Series, 'x' | 'y'> {
  const seconds = history.curves.get('seconds');
  const x: number[] = [];
  const y: (number | null)[] = [];
  curve.x.forEach((iter, i) => {
    const at = byTime ? (seconds?.at(iter) ?? NaN) : iter;
    // Two iterations may have the same time, where clocks are coarse or a log has none.
    if (!Number.isFinite(at) || at < (x.at(-1) ?? -Infinity)) return;
    const value = curve.y[i] ?? NaN;
    const shown = scale === undefined ? value : scale(value);
    if (at === x.at(-1)) y[y.length - 1] = Number.isFinite(shown) ? shown : null;
    else {
      x.push(at);
      y.push(Number.isFinite(shown) ? shown : null);
    }
  });
  return { x, y };
}

/** `test.loss` of test net 0, `test1.loss` of the second. */
const testCurve = /^test(\d*)\.(.*)$/s;

class Panels {
  readonly #panels = new Map<string, Panel>();
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  of(title: string, more: Partial<Panel> = {}): Panel {
    const panel = this.#panels.get(title) ?? { title, series: [], canLog: true, ...more };
    this.#panels.set(title, panel);
    return panel;
  }

  /** A curve, and over it a smooth one. */
  addNoisy(panel: Panel, run: Run, raw: Curve, smooth: Curve, label: string, scale?: (y: number) => number): void {
    const weight = this.#options.smoothing(run);
    const thin = points(run.history, raw, this.#options.byTime, scale);
    const base = points(run.history, smooth, this.#options.byTime, scale);
    const y = smoothed(base.x, base.y, weight);
    panel.series.push({ label, run, role: 'raw', dash: 0, ...thin });
    panel.series.push({ label: `${label}, smoothed`, run, role: 'smooth', dash: 0, x: base.x, y });
  }

  add(panel: Panel, run: Run, curve: Curve, label: string, role: Role, dash = 0): void {
    panel.series.push({ label, run, role, dash, ...points(run.history, curve, this.#options.byTime) });
  }

  get all(): Panel[] {
    return [...this.#panels.values()].filter(({ series }) => series.length > 0);
  }
}

/** The charts of some runs, in the order in which they are shown: losses, outputs, and then the rest. */
export function panelsOf(runs: readonly Run[], options: Options): Panel[] {
  const panels = new Panels(options);
  panels.of('loss');
  for (const run of runs) {
    const { curves } = run.history;
    const trainOutputs = [...curves.keys()].filter((name) => name.startsWith('train.'));
    const loss = curves.get('loss');
    if (loss !== undefined) panels.addNoisy(panels.of('loss'), run, loss, curves.get('smoothedLoss') ?? loss, 'train');
    for (const [name, curve] of curves) {
      const [, net, output] = testCurve.exec(name) ?? [];
      if (output !== undefined) {
        panels.add(panels.of(output), run, curve, `test${net === '' ? '' : ` ${net ?? ''}`}`, 'test', Number(net));
      }
    }
    for (const name of trainOutputs) {
      const output = name.slice('train.'.length);
      // The one output of a net with one loss is that loss.
      if (loss !== undefined && trainOutputs.length === 1 && /loss/i.test(output)) continue;
      const curve = curves.get(name);
      if (curve !== undefined) panels.addNoisy(panels.of(output), run, curve, curve, 'train');
    }
  }
  for (const run of runs) {
    const { curves } = run.history;
    const lr = curves.get('lr');
    if (lr !== undefined) panels.add(panels.of('learning rate'), run, lr, 'rate', 'line');
  }
  for (const run of runs) {
    const milliseconds = run.history.curves.get('milliseconds');
    if (milliseconds === undefined) continue;
    const panel = panels.of('iterations a second', { fromZero: true });
    panels.addNoisy(panel, run, milliseconds, milliseconds, 'speed', (each) => (each > 0 ? 1000 / each : NaN));
  }
  return panels.all;
}
