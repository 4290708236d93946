import type { ComponentChildren, JSX } from 'preact';
import { connection, mainRun, runs, status, title, type Run, followRuns } from './model.js';
import { duration, shortNumber, wholeNumber } from './numbers.js';
import { outcome } from './steering.js';
import { theme, themes } from './theme.js';

const words = {
  idle: 'Waiting',
  training: 'Training',
  pausing: 'Pausing',
  paused: 'Paused',
  stopped: 'Stopped',
  finished: 'Finished',
  past: 'Over',
} as const;

/** What the run is doing, in a word. */
function stateOf(): { kind: string; word: string } {
  if (connection.value === 'refused') return { kind: 'bad', word: 'Closed' };
  if (connection.value === 'lost') return { kind: 'bad', word: 'Offline' };
  const { state } = status.value ?? { state: undefined };
  return state === undefined ? { kind: 'idle', word: 'Connecting' } : { kind: state, word: words[state] };
}

/** The mean speed of the last iterations, which the time left follows from. */
function speedOf({ history }: Run): number {
  const { x = [], y = [] } = history.curves.get('seconds') ?? {};
  const last = x.length - 1;
  if (last < 1) return NaN;
  let first = last;
  while (first > 0 && last - first < 200 && (y[last] ?? 0) - (y[first] ?? 0) < 20) first--;
  return ((x[last] ?? 0) - (x[first] ?? 0)) / ((y[last] ?? 0) - (y[first] ?? 0));
}

function Tile({ label, children, note }: { label: string; children: ComponentChildren; note?: string }): JSX.Element {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd>
        {children}
        {note !== undefined && <small>{note}</small>}
      </dd>
    </div>
  );
}

const number = (value: number | undefined): JSX.Element => (
  <data value={String(value ?? '')} class={value !== undefined && !Number.isFinite(value) ? 'bad' : ''}>
    {shortNumber(value)}
  </data>
);

/** The numbers of now. */
function Tiles({ run }: { run: Run }): JSX.Element {
  followRuns();
  const { curves, iter } = run.history;
  const maxIter = status.value?.maxIter ?? 0;
  const at = Math.max(iter, run.isLive ? (status.value?.iter ?? 0) : 0);
  const speed = speedOf(run);
  const tests = [...curves].filter(([name]) => name.startsWith('test.'));
  return (
    <dl class="tiles">
      <Tile label="Iteration" {...(maxIter > 0 ? { note: `of ${wholeNumber(maxIter)}` } : {})}>
        <data value={String(at)}>{wholeNumber(at)}</data>
      </Tile>
      <Tile label="Loss">{number(curves.get('loss')?.last?.y)}</Tile>
      {tests.slice(0, 3).map(([name, { last }]) => (
        <Tile key={name} label={`test ${name.slice('test.'.length)}`} note={`at ${wholeNumber(last?.x ?? 0)}`}>
          {number(last?.y)}
        </Tile>
      ))}
      <Tile label="Learning rate">{number(curves.get('lr')?.last?.y)}</Tile>
      <Tile label="Iterations a second">
        {number(Number.isFinite(speed) ? Number(speed.toPrecision(3)) : undefined)}
      </Tile>
      <Tile label="Trained">{duration(run.history.seconds)}</Tile>
      {run.isLive && maxIter > 0 && <Tile label="Time left">{duration(Math.max(0, maxIter - at) / speed)}</Tile>}
    </dl>
  );
}

const themeNames = { system: 'As the system', light: 'Light', dark: 'Dark' };

function ThemeChoice(): JSX.Element {
  return (
    <div class="theme">
      <label class="visually-hidden" for="theme">
        Theme
      </label>
      <select
        id="theme"
        value={theme.value}
        onChange={({ currentTarget }) => {
          theme.value = themes.find((each) => each === currentTarget.value) ?? 'system';
        }}
      >
        {themes.map((each) => (
          <option key={each} value={each}>
            {themeNames[each]}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The name of the run, its state and its numbers. */
export function Header({ children }: { children: ComponentChildren }): JSX.Element {
  followRuns();
  const run = mainRun();
  const { kind, word } = stateOf();
  const { iter = 0, maxIter = 0 } = status.value ?? {};
  const at = Math.max(run?.history.iter ?? 0, iter);
  const areSeveral = status.value?.state === 'past' && runs.value.length > 1;
  const name = areSeveral ? `${runs.value.length} runs` : (run?.name ?? 'tscaffe');
  document.title = `${run?.isLive === true ? `${wholeNumber(at)} · ${word} · ` : ''}${title.value || name} · tscaffe`;
  return (
    <header class="top">
      <div class="bar">
        <h1>
          {title.value || name}
          {title.value !== '' && title.value !== name && <small>{name}</small>}
        </h1>
        <span class={`state ${kind}`} role="status">
          {word}
        </span>
        {children}
        <ThemeChoice />
      </div>
      {run?.isLive === true && maxIter > 0 && (
        <progress max={maxIter} value={Math.min(at, maxIter)} aria-label="Iterations" />
      )}
      {run !== undefined && !areSeveral && <Tiles run={run} />}
      <Notices />
    </header>
  );
}

/** What cannot be overlooked. */
function Notices(): JSX.Element {
  followRuns();
  const now = outcome.value;
  const run = mainRun();
  const trouble = run?.history.marks.findLast(({ kind }) => kind === 'trouble');
  const loss = run?.history.curves.get('loss')?.last?.y;
  return (
    <div class="notices" role="status">
      {connection.value === 'lost' && <p class="notice bad">The connection is lost. Trying again …</p>}
      {connection.value === 'refused' && (
        <p class="notice bad">The server has been started anew, with another address. Open the one that it printed.</p>
      )}
      {trouble !== undefined && loss !== undefined && !Number.isFinite(loss) && (
        <p class="notice bad">
          {trouble.text[0]?.toUpperCase()}
          {trouble.text.slice(1)} since iteration {wholeNumber(trouble.iter)}.
        </p>
      )}
      {now !== undefined && (
        <p class={`notice ${now.isFailure ? 'bad' : 'good'}`}>
          <span>{now.text}</span>
          <button
            type="button"
            class="close"
            aria-label="Dismiss"
            onClick={() => {
              outcome.value = undefined;
            }}
          >
            ×
          </button>
        </p>
      )}
    </div>
  );
}
