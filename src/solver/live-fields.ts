import { expectObject } from '../error/argument.js';
import type { caffe } from '../proto/schema.js';

/** What Caffe reads anew in each iteration, and divides by nothing. */
const liveFields = [
  'baseLr',
  'gamma',
  'power',
  'momentum',
  'momentum2',
  'rmsDecay',
  'delta',
  'weightDecay',
  'clipGradients',
  'maxIter',
  'display',
  'testInterval',
  'snapshot',
  'snapshotPrefix',
  'snapshotFormat',
  'snapshotDiff',
] as const;
export type LiveField = (typeof liveFields)[number];

/** Fields of a SolverParameter that can change while a solver lives. */
export type LiveFields = Pick<caffe.SolverParameter.$Properties, LiveField>;

/** @throws {TypeError} for a field that Caffe only reads when a solver is built */
export function expectLive(fields: LiveFields): void {
  const fixed = Object.keys(expectObject(fields, 'fields')).find((field) => !liveFields.includes(field as LiveField));
  if (fixed === undefined) return;
  throw new TypeError(
    `Expected fields that can change while a solver lives (${liveFields.join(', ')}) but received ${fixed}`,
  );
}
