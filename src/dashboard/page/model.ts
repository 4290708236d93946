import { signal } from '@preact/signals';
import { History, type Mark } from '../history/history.js';
import type { Status, Update, WholeState } from '../messages.js';

/** A run that the page shows. */
export interface Run {
  name: string;
  history: History;
  /** Whether it is the one that goes on. */
  isLive: boolean;
  /** The number of its colour. */
  color: number;
}

export type Connection = 'connecting' | 'open' | 'lost' | 'refused';

/** What the page knows. The server says all of it, so that two pages agree. */
export const runs = signal<readonly Run[]>([]);
export const status = signal<Status | undefined>(undefined);
/** The name of the net. */
export const title = signal('');
export const readOnly = signal(true);
export const hasNet = signal(false);
export const hasImage = signal(false);
export const connection = signal<Connection>('connecting');
/** Goes up when runs have new points or marks: a history is changed in place. */
export const version = signal(0);
/** Makes the component that calls it follow the runs. */
export function followRuns(): number {
  return version.value;
}

/** The iteration of the last samples of blobs. */
export const sampled = signal(0);
/** The runs that are not shown, by their colours. */
export const hidden = signal<ReadonlySet<number>>(new Set());

/** The run that goes on, or the only one. */
export function mainRun(): Run | undefined {
  return runs.value.find(({ isLive }) => isLive) ?? runs.value[0];
}

export const marksOf = (run: Run | undefined): readonly Mark[] => run?.history.marks ?? [];

export function takeState(state: WholeState): void {
  readOnly.value = state.readOnly;
  title.value = state.title;
  hasNet.value = state.hasNet;
  hasImage.value = state.hasImage;
  status.value = state.status;
  const isPast = state.status.state === 'past';
  runs.value = state.runs.map((record, i) => ({
    name: record.name,
    history: History.from(record),
    isLive: i === 0 && !isPast,
    color: i,
  }));
  version.value++;
}

export function takeUpdate(update: Update): void {
  const history = runs.value.find(({ isLive }) => isLive)?.history;
  if (history !== undefined) {
    for (const rows of update.rows ?? []) history.addRows(rows);
    for (const { iter, outputs } of update.tests ?? []) {
      history.rewind(iter);
      for (const [name, value] of Object.entries(outputs)) history.add(name, iter, value ?? NaN);
    }
    for (const mark of update.marks ?? []) history.mark(mark);
    if (update.rows ?? update.tests ?? update.marks) version.value++;
  }
  if (update.status !== undefined) status.value = update.status;
  if (update.sampled !== undefined) {
    sampled.value = update.sampled;
    hasNet.value = true;
  }
}
