import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Change, LayerMultipliers, Settings } from '../messages.js';
import { order, type Order } from './connection.js';
import { connection, mainRun, readOnly, status, followRuns } from './model.js';
import { shortNumber, wholeNumber } from './numbers.js';

/** What the last command has come to. */
export const outcome = signal<{ text: string; isFailure: boolean } | undefined>(undefined);
/** The commands that have not been answered yet. */
const asked = signal<ReadonlySet<string>>(new Set());

/** @returns whether it was done */
export async function command(what: Order): Promise<boolean> {
  asked.value = new Set([...asked.value, what.name]);
  try {
    const { iter, text } = await order(what);
    outcome.value = { text: `Iteration ${wholeNumber(iter)}: ${text}`, isFailure: false };
    return true;
  } catch (error) {
    outcome.value = { text: (error as Error).message, isFailure: true };
    return false;
  } finally {
    asked.value = new Set([...asked.value].filter((each) => each !== what.name));
  }
}

const icons: Record<string, string> = {
  pause: 'M5 3h3v10H5zM10 3h3v10h-3z',
  resume: 'M5 3l9 5-9 5z',
  stop: 'M4 4h9v9H4z',
  snapshot: 'M3 5h3l1-2h4l1 2h3v8H3zM9 6.5a2.5 2.5 0 1 0 .01 0z',
  test: 'M6 2h5v1.5h-1V7l3.5 6.5h-10L7 7V3.5H6z',
};

interface ButtonProps {
  name: 'pause' | 'resume' | 'stop' | 'snapshot' | 'test';
  label: string;
  title: string;
  off: boolean;
  main?: boolean;
}

function CommandButton({ name, label, title, off, main = false }: ButtonProps): JSX.Element {
  const isWaiting = asked.value.has(name);
  return (
    <button
      type="button"
      class={`command ${main ? 'main' : ''} ${isWaiting ? 'waiting' : ''}`}
      title={title}
      aria-busy={isWaiting}
      disabled={off}
      onClick={() => void command({ name })}
    >
      <svg viewBox="0 0 17 16" aria-hidden="true">
        <path d={icons[name]} fill-rule="evenodd" />
      </svg>
      {label}
    </button>
  );
}

/** The buttons that steer the solver. */
export function Controls(): JSX.Element | null {
  const now = status.value;
  if (now === undefined || readOnly.value || now.state === 'past') return null;
  const off = connection.value !== 'open';
  const waits = now.state === 'paused' || now.state === 'stopped' || now.state === 'pausing';
  return (
    <div class="controls" role="group" aria-label="Steering">
      {waits ? (
        <CommandButton name="resume" label="Resume" title="Let the training go on" off={off} main />
      ) : (
        <CommandButton name="pause" label="Pause" title="Wait after this iteration" off={off} main />
      )}
      <CommandButton
        name="stop"
        label="Stop"
        title="End the run after this iteration, with a snapshot"
        off={off || now.state === 'stopped'}
      />
      <CommandButton
        name="snapshot"
        label="Snapshot"
        title={now.snapshotPrefix === '' ? 'The solver has no snapshot_prefix' : `Write ${now.snapshotPrefix}_iter_N`}
        off={off || now.snapshotPrefix === ''}
      />
      <CommandButton
        name="test"
        label="Test"
        title={now.testNets === 0 ? 'The solver has no test net' : 'Run the test nets now'}
        off={off || now.testNets === 0}
      />
    </div>
  );
}

const fields = [
  { name: 'lr', label: 'Learning rate' },
  { name: 'momentum', label: 'Momentum' },
  { name: 'weightDecay', label: 'Weight decay' },
] as const;
type Field = (typeof fields)[number]['name'];

/** The rate of the next update: it may follow a policy. */
function currentRate(settings: Settings): number {
  followRuns();
  const run = mainRun();
  const known = run?.isLive === true ? run.history.curves.get('lr')?.last?.y : undefined;
  return settings.lrIsSet ? settings.lr : (known ?? settings.lr);
}

function Multipliers({ all }: { all: readonly LayerMultipliers[] }): JSX.Element {
  const input = (of: LayerMultipliers, blob: number, what: 'lr' | 'decay'): JSX.Element => (
    <input
      type="number"
      min="0"
      step="any"
      aria-label={`${what} multiplier of ${of.layer}, blob ${blob}`}
      value={of[what][blob]}
      onChange={({ currentTarget }) => {
        const value = currentTarget.valueAsNumber;
        if (!Number.isFinite(value)) return;
        void command({ name: 'change', change: { multiplier: { layer: of.layer, blob, [what]: value } } });
      }}
    />
  );
  return (
    <details>
      <summary>Multipliers</summary>
      <table class="multipliers">
        <thead>
          <tr>
            <th scope="col">Blob</th>
            <th scope="col">lr_mult</th>
            <th scope="col">decay_mult</th>
          </tr>
        </thead>
        <tbody>
          {all.flatMap((of) =>
            of.lr.map((_, blob) => (
              <tr key={`${of.layer} ${blob}`}>
                <th scope="row">
                  {of.layer}
                  <small>[{blob}]</small>
                </th>
                <td>{input(of, blob, 'lr')}</td>
                <td>{input(of, blob, 'decay')}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </details>
  );
}

/** The settings that can change while the solver trains. */
export function SettingsForm(): JSX.Element | null {
  const [edited, setEdited] = useState<Partial<Record<Field, string>>>({});
  const now = status.value;
  if (now === undefined || now.state === 'past') return null;
  const { settings, multipliers } = now;
  const current = { ...settings, lr: currentRate(settings) };
  const apply = async (): Promise<void> => {
    const change: Change = {};
    for (const { name, label } of fields) {
      const text = edited[name]?.trim() ?? '';
      if (text === '') continue;
      change[name] = Number(text);
      // As JSON it would be null, which of a rate means: by its policy.
      if (Number.isFinite(change[name])) continue;
      outcome.value = { text: `${label}: expected a number but received “${text}”`, isFailure: true };
      return;
    }
    if (await command({ name: 'change', change })) setEdited({});
  };
  return (
    <section class="card settings" aria-label="Settings">
      <h2>Settings</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void apply();
        }}
      >
        <fieldset disabled={readOnly.value || connection.value !== 'open'}>
          {fields.map(({ name, label }) => (
            <label key={name}>
              <span>{label}</span>
              <input
                type="text"
                inputMode="decimal"
                autocomplete="off"
                value={edited[name] ?? shortNumber(current[name]).replaceAll(',', '')}
                onInput={({ currentTarget }) => {
                  setEdited({ ...edited, [name]: currentTarget.value });
                }}
              />
            </label>
          ))}
          {!readOnly.value && (
            <div class="row">
              <button type="submit" disabled={Object.keys(edited).length === 0}>
                Apply
              </button>
              {settings.lrIsSet && (
                <button
                  type="button"
                  class="small"
                  onClick={() => void command({ name: 'change', change: { lr: null } })}
                >
                  Rate by policy “{settings.lrPolicy}”
                </button>
              )}
            </div>
          )}
          <Multipliers all={multipliers} />
        </fieldset>
      </form>
    </section>
  );
}
