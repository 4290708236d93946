import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import uPlot from 'uplot';
import type { Mark } from '../history/history.js';
import { mainRun } from './model.js';
import { duration, shortNumber, wholeNumber } from './numbers.js';
import type { Panel, Series } from './series.js';
import { isDark, runColor, themeColor } from './theme.js';
import { byTime, cursor, range, resetZoom } from './view.js';

const height = 260;
/** The types of uPlot have it as an enum, which is not there when the page runs. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- see above
const logarithmic = 3 as uPlot.Scale.Distr;

/** The index of the point at or before `x`, and -1 before all. */
function indexAt(xs: readonly number[], x: number): number {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function valueAt({ x, y }: Series, at: number | undefined): number | undefined {
  const i = at === undefined ? x.length - 1 : Math.max(0, indexAt(x, at));
  return x.length === 0 ? undefined : (y[i] ?? NaN);
}

const colorOf = ({ run }: Series): string => runColor(run.color);

function look(series: Series, count: number): uPlot.Series {
  const stroke = colorOf(series);
  const { role, dash, x } = series;
  const few = x.length <= 80;
  const points = { show: role === 'test' && few, size: 5, fill: stroke };
  if (role === 'raw')
    return { stroke: `${stroke}${count > 4 ? '38' : '5c'}`, width: 1, points: { show: x.length === 1 } };
  if (role === 'smooth') return { stroke, width: 2, points: { show: false } };
  return { stroke, width: 1.75, points, ...(role === 'test' ? { dash: [6, 3 + 3 * dash] } : {}) };
}

/** One x axis for curves that have points of their own. */
function aligned(panel: Panel, isLog: boolean): uPlot.AlignedData {
  const tables = panel.series.map(
    ({ x, y }) => [x, isLog ? y.map((value) => (value !== null && value > 0 ? value : null)) : y] as uPlot.AlignedData,
  );
  return tables.length === 0 ? [[]] : uPlot.join(tables);
}

function axisNumber(value: number | null): string {
  return value === null ? '' : shortNumber(value);
}

/** Where marks and values that are no numbers are: they are drawn over the curves. */
function drawNotes(plot: uPlot, panel: Panel, marks: readonly { x: number; mark: Mark }[]): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { x, mark } of marks) {
    const at = Math.round(plot.valToPos(x, 'x', true));
    ctx.strokeStyle = ctx.fillStyle = themeColor(mark.kind === 'trouble' ? 'bad' : 'mark');
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(at + 0.5, bbox.top);
    ctx.lineTo(at + 0.5, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(at + 0.5, bbox.top + 5 * ratio, 3 * ratio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.fillStyle = themeColor('bad');
  for (const { x, y, role } of panel.series) {
    if (role === 'smooth') continue;
    for (let i = 0; i < y.length; i++) {
      if (y[i] !== null) continue;
      const at = plot.valToPos(x[i] ?? 0, 'x', true);
      ctx.fillRect(at - 1.5 * ratio, bbox.top + bbox.height - 8 * ratio, 3 * ratio, 8 * ratio);
    }
  }
  ctx.restore();
}

/** Room for the longest label. */
function widthOf(_plot: uPlot, labels: string[] | null): number {
  return 16 + 6.8 * Math.max(5, ...(labels ?? []).map(({ length }) => length));
}

function axes(): uPlot.Axis[] {
  const [ink, line] = [themeColor('soft'), themeColor('line')];
  const font = '12px system-ui, sans-serif';
  const common = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false }, gap: 6 };
  const text = byTime.value ? (value: number) => duration(value) : (value: number) => wholeNumber(value);
  return [
    { ...common, size: 30, space: 70, values: (_plot, values) => values.map((each) => text(each)) },
    { ...common, size: widthOf, values: (_plot, values) => values.map((each) => axisNumber(each)) },
  ];
}

const log10Range = (_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax => {
  if (min === null || max === null || min <= 0) return [1e-3, 1];
  return min === max ? [min / 2, max * 2] : uPlot.rangeLog(min, max, 10, false);
};

const linearRange =
  (fromZero: boolean) =>
  (_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax => {
    if (min === null || max === null) return [0, 1];
    const [least, most] = [fromZero ? Math.min(0, min) : min, max];
    const room = (most - least || Math.abs(most) || 1) * 0.06;
    return [fromZero && least === 0 ? 0 : least - room, most + room];
  };

/** All that there is, or what has been zoomed to. */
const xRange = (_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax => {
  const zoom = range.peek();
  if (zoom !== undefined) return [zoom.min, zoom.max];
  if (min === null || max === null) return [0, 1];
  return min === max ? [min - 0.5, max + 0.5] : [min, max];
};

/** The parts of the x axis that keys move by. */
function moved(plot: uPlot, factor: number, shift: number): { min: number; max: number } {
  const { min = 0, max = 1 } = plot.scales['x'] ?? {};
  const middle = (min + max) / 2 + (max - min) * shift;
  const half = ((max - min) / 2) * factor;
  return { min: middle - half, max: middle + half };
}

function moveCursor(plot: uPlot, pixels: number): void {
  const { min = 0, max = 1 } = plot.scales['x'] ?? {};
  const now = cursor.peek() ?? max;
  const step = ((max - min) * pixels) / plot.over.clientWidth;
  cursor.value = Math.min(max, Math.max(min, now + step));
}

/** @returns whether the key means something */
function handleKey(plot: uPlot, { key, shiftKey }: KeyboardEvent): boolean {
  const side = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  if (side !== 0 && shiftKey) range.value = moved(plot, 1, side * 0.2);
  else if (side !== 0) moveCursor(plot, side * 8);
  else if (key === '+' || key === '=') range.value = moved(plot, 0.6, 0);
  else if (key === '-') range.value = moved(plot, 1 / 0.6, 0);
  else if (key === '0' || key === 'Escape') {
    resetZoom();
    cursor.value = undefined;
  } else return false;
  return true;
}

/** The wheel zooms while Ctrl or ⌘ is down; dragging with Shift pans. Without them they scroll and select. */
function listenToPointer(plot: uPlot): void {
  const { over } = plot;
  over.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { min = 0, max = 1 } = plot.scales['x'] ?? {};
      const at = plot.posToVal(event.offsetX, 'x');
      const factor = event.deltaY < 0 ? 0.8 : 1.25;
      range.value = { min: at - (at - min) * factor, max: at + (max - at) * factor };
    },
    { passive: false },
  );
  over.addEventListener(
    'pointerdown',
    (down) => {
      if (!down.shiftKey || down.button !== 0) return;
      down.stopImmediatePropagation();
      over.setPointerCapture(down.pointerId);
      const { min = 0, max = 1 } = plot.scales['x'] ?? {};
      const move = (event: PointerEvent): void => {
        const shift = ((down.clientX - event.clientX) * (max - min)) / over.clientWidth;
        range.value = { min: min + shift, max: max + shift };
      };
      over.addEventListener('pointermove', move);
      over.addEventListener(
        'pointerup',
        () => {
          over.removeEventListener('pointermove', move);
        },
        { once: true },
      );
    },
    { capture: true },
  );
}

function marksOn(): { x: number; mark: Mark }[] {
  const run = mainRun();
  const seconds = run?.history.curves.get('seconds');
  return (run?.history.marks ?? [])
    .filter(({ kind }) => kind !== 'test')
    .map((mark) => ({ x: byTime.value ? (seconds?.at(mark.iter) ?? NaN) : mark.iter, mark }));
}

function build(root: HTMLElement, panel: Panel, isLog: boolean, current: () => Panel): uPlot {
  const count = panel.series.length;
  const options: uPlot.Options = {
    width: root.clientWidth || 400,
    height,
    legend: { show: false },
    padding: [8, 12, 0, 0],
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      y: false,
      bind: {
        dblclick: () => () => {
          resetZoom();
          return null;
        },
        mousedown: (_plot, _target, handler) => (event) => {
          if (!event.shiftKey) handler(event);
          return null;
        },
      },
    },
    scales: {
      x: { time: false, range: xRange },
      y: isLog ? { distr: logarithmic, range: log10Range } : { range: linearRange(panel.fromZero ?? false) },
    },
    axes: axes(),
    series: [{}, ...panel.series.map((series) => look(series, count))],
    hooks: {
      draw: [
        (plot) => {
          drawNotes(plot, current(), marksOn());
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width > 4) range.value = { min: plot.posToVal(left, 'x'), max: plot.posToVal(left + width, 'x') };
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
  const plot = new uPlot(options, aligned(panel, isLog), root);
  listenToPointer(plot);
  // All charts have their cursor where the pointer is in one of them.
  plot.over.addEventListener('mousemove', ({ clientX }) => {
    cursor.value = plot.posToVal(clientX - plot.over.getBoundingClientRect().left, 'x');
  });
  plot.over.addEventListener('mouseleave', () => {
    cursor.value = undefined;
  });
  return plot;
}

/** What must be built anew when it changes. */
const shapeOf = (panel: Panel, isLog: boolean): string =>
  JSON.stringify([
    isLog,
    byTime.value,
    isDark.value,
    panel.series.map(({ label, run, role, x }) => [label, run.color, role, x.length <= 80]),
  ]);

function Plot({ panel, isLog, about }: { panel: Panel; isLog: boolean; about: string }): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(panel);
  latest.current = panel;
  const shape = shapeOf(panel, isLog);
  useEffect(() => {
    if (root.current === null) return;
    const element = root.current;
    const built = (plot.current = build(element, latest.current, isLog, () => latest.current));
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0) built.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      built.destroy();
      plot.current = undefined;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(aligned(panel, isLog));
  }, [panel, range.value]);
  const at = cursor.value;
  useEffect(() => {
    const drawn = plot.current;
    if (drawn === undefined) return;
    const left = at === undefined ? -10 : drawn.valToPos(at, 'x');
    if (Math.abs((drawn.cursor.left ?? -10) - left) > 0.5) drawn.setCursor({ left, top: left < 0 ? -10 : 0 }, false);
  }, [at]);
  return (
    <div
      ref={root}
      class="plot"
      role="application"
      aria-roledescription="chart"
      aria-label="Chart"
      aria-describedby={about}
      tabIndex={0}
      onKeyDown={(event) => {
        if (plot.current !== undefined && handleKey(plot.current, event)) event.preventDefault();
      }}
    />
  );
}

/** What the curves have under the cursor, or last. */
function Legend({ panel, several, id }: { panel: Panel; several: boolean; id: string }): JSX.Element {
  const at = cursor.value;
  // Of several runs the exact values are enough.
  const shown = panel.series.filter(({ role }) => !several || role !== 'smooth');
  return (
    <ul class="legend" id={id}>
      {shown.map((series) => {
        const value = valueAt(series, at);
        const name = several ? `${series.run.name} ${series.label}` : series.label;
        return (
          <li key={`${series.run.color} ${series.label}`}>
            <svg class="key" viewBox="0 0 18 8" aria-hidden="true">
              <path
                d="M1 4H17"
                stroke={colorOf(series)}
                stroke-width={series.role === 'smooth' || (several && series.role === 'raw') ? 3 : 2}
                stroke-opacity={series.role === 'raw' && !several ? 0.5 : 1}
                stroke-dasharray={series.role === 'test' ? '4 2.5' : undefined}
              />
            </svg>
            <span>{name}</span>
            <data value={String(value ?? '')}>{shortNumber(value)}</data>
          </li>
        );
      })}
    </ul>
  );
}

/** A chart with its title, its values and its axis. */
export function Chart({ panel, several }: { panel: Panel; several: boolean }): JSX.Element {
  const [isLog, setLog] = useState(false);
  const total = panel.series.reduce((sum, { x, role }) => sum + (role === 'smooth' ? 0 : x.length), 0);
  const last = Math.max(...panel.series.map(({ x }) => x.at(-1) ?? -Infinity));
  const id = useId();
  return (
    <figure class="card chart" data-chart={panel.title} data-points={total} data-last={last}>
      <header>
        <h3 id={`${id}-title`}>{panel.title}</h3>
        <button
          type="button"
          class="small"
          aria-pressed={isLog}
          title="Logarithmic axis"
          onClick={() => {
            setLog(!isLog);
          }}
        >
          log
        </button>
      </header>
      <Legend panel={panel} several={several} id={`${id}-values`} />
      <Plot panel={panel} isLog={isLog} about={`${id}-title ${id}-values chart-keys`} />
    </figure>
  );
}
