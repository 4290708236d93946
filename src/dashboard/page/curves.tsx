import { useEffect, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import { Chart } from './chart.js';
import { hidden, mainRun, runs, status, version, type Run } from './model.js';
import { duration, wholeNumber } from './numbers.js';
import { panelsOf, type Panel } from './series.js';
import { runColor } from './theme.js';
import { byTime, cursor, isZoomed, resetZoom, smoothing } from './view.js';

/** How often charts are drawn anew, in milliseconds: the eye wants no more. */
const pause = 250;

/** Without a choice: a curve that its solver has smoothed is left as it is. */
function smoothingOf(run: Run): number {
  if (smoothing.value !== undefined) return smoothing.value;
  return run.isLive && (status.value?.averageLoss ?? 1) > 1 ? 0 : 0.9;
}

function shownPanels(): Panel[] {
  const shown = runs.value.filter(({ color }) => !hidden.value.has(color));
  return panelsOf(shown, { byTime: byTime.value, smoothing: smoothingOf });
}

/** The charts as they were at most {@link pause} ago. */
function usePanels(): Panel[] {
  const [panels, setPanels] = useState(shownPanels);
  const choices = [runs.value, hidden.value, byTime.value, smoothing.value];
  useEffect(() => {
    setPanels(shownPanels());
    let drawn = version.peek();
    const timer = setInterval(() => {
      if (version.peek() === drawn) return;
      drawn = version.peek();
      setPanels(shownPanels());
    }, pause);
    return () => {
      clearInterval(timer);
    };
  }, choices);
  return panels;
}

function Axis(): JSX.Element {
  const choice = (label: string, value: boolean): JSX.Element => (
    <label class={byTime.value === value ? 'on' : ''}>
      <input
        type="radio"
        name="axis"
        checked={byTime.value === value}
        onChange={() => {
          resetZoom();
          byTime.value = value;
        }}
      />
      {label}
    </label>
  );
  return (
    <fieldset class="segments">
      <legend>By</legend>
      {choice('Iteration', false)}
      {choice('Time', true)}
    </fieldset>
  );
}

function Smoothing(): JSX.Element {
  const [run] = runs.value;
  const value = run === undefined ? 0 : smoothingOf(run);
  return (
    <label class="slider">
      Smoothing
      <input
        type="range"
        min="0"
        max="0.99"
        step="0.01"
        value={value}
        onInput={({ currentTarget }) => {
          smoothing.value = Number(currentTarget.value);
        }}
      />
      <output>{value.toFixed(2)}</output>
    </label>
  );
}

/** Where the cursor is, and what happened near it. */
function Place(): JSX.Element {
  const at = cursor.value;
  const run = mainRun();
  if (at === undefined || run === undefined)
    return <p class="place hint">Drag to zoom, Shift-drag to pan, double-click to reset</p>;
  const seconds = run.history.curves.get('seconds');
  const where = byTime.value
    ? duration(at)
    : `iteration ${wholeNumber(Math.round(at))}, ${duration(seconds?.at(at) ?? NaN)}`;
  return <p class="place">{where}</p>;
}

/** Which runs there are, and which are shown. */
function Runs(): JSX.Element | null {
  if (runs.value.length < 2) return null;
  return (
    <ul class="runs" aria-label="Runs">
      {runs.value.map(({ name, color }) => (
        <li key={color}>
          <label>
            <input
              type="checkbox"
              checked={!hidden.value.has(color)}
              onChange={() => {
                const next = new Set(hidden.value);
                if (!next.delete(color)) next.add(color);
                hidden.value = next;
              }}
            />
            <svg viewBox="0 0 10 10" class="dot" aria-hidden="true">
              <circle cx="5" cy="5" r="4.5" fill={runColor(color)} />
            </svg>
            {name}
          </label>
        </li>
      ))}
    </ul>
  );
}

/** The curves of all runs. */
export function Curves(): JSX.Element {
  const panels = usePanels();
  const several = runs.value.length > 1;
  return (
    <>
      <div class="toolbar">
        <Axis />
        <Smoothing />
        {isZoomed.value && (
          <button type="button" class="small" onClick={resetZoom}>
            Reset zoom
          </button>
        )}
        <Place />
        <Runs />
      </div>
      <p id="chart-keys" class="visually-hidden">
        Arrow keys read values, with Shift they pan; plus and minus zoom, 0 resets.
      </p>
      {panels.length === 0 ? (
        <p class="empty card">The first iteration is not over yet.</p>
      ) : (
        <div class="charts">
          {panels.map((panel) => (
            <Chart key={panel.title} panel={panel} several={several} />
          ))}
        </div>
      )}
    </>
  );
}
