import { expectObject } from '../error/argument.js';
import type { caffe } from '../proto/schema.js';

/** The fields that Caffe reads again in each iteration, and does not use as a divisor. */
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
/** The name of a field that can change after the solver is built. See {@link LiveFields}. */
export type LiveField = (typeof liveFields)[number];

/** The fields of a SolverParameter that can change after the solver is built. */
export type LiveFields = Pick<caffe.SolverParameter.$Properties, LiveField>;

/** @throws {TypeError} for a field that Caffe reads only when it builds a solver */
export function expectLive(fields: LiveFields): void {
  const fixed = Object.keys(expectObject(fields, 'fields')).find((field) => !liveFields.includes(field as LiveField));
  if (fixed === undefined) return;
  throw new TypeError(
    `Expected fields that can change while a solver lives (${liveFields.join(', ')}) but received ${fixed}`,
  );
}
