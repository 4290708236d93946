import { expectList, expectString } from '../error/argument.js';
import type { Field } from './prototxt-tree.js';

/** A change of a text: what stands from `start` up to `end` becomes `text`. Offsets in UTF-16 code units. */
export interface Edit {
  /** Where the change begins. */
  start: number;
  /** Where it ends, exclusive. */
  end: number;
  /** What stands there afterwards. */
  text: string;
}

/** What {@link lint} has to say about a place in a prototxt. */
export interface Finding {
  /** The rule: a heading of docs/lint.md. */
  code: string;
  /** The file, as it was named. */
  file: string;
  /** Counts from 1. */
  line: number;
  /** Counts characters of the line from 1. */
  column: number;
  /** What is wrong. */
  text: string;
  /** What to do about it. */
  hint: string;
  /** The changes of the text that mend it, where there is one right answer. See {@link applyFixes}. */
  edits?: Edit[];
}

/**
 * Mends what {@link lint} has found and knows the one right answer to. All else of the text stays, comments too.
 *
 * @param text - the text that was linted
 * @param findings - what `lint` has found in it; findings without edits change nothing
 * @returns the new text; lint it again, because a change that overlaps another one has to wait
 * @throws {TypeError} if `text` is not a string, or `findings` not an array
 *
 * @example
 * ```ts
 * import { readFileSync, writeFileSync } from 'node:fs';
 * import { applyFixes, lint } from 'tscaffe';
 *
 * const text = readFileSync('net.prototxt', 'utf8');
 * writeFileSync('net.prototxt', applyFixes(text, await lint({ text })));
 * ```
 */
export function applyFixes(text: string, findings: readonly Finding[]): string {
  expectString(text, 'text');
  expectList(findings, 'findings');
  const inOrder = findings
    .flatMap(({ edits }) => (edits === undefined || edits.length === 0 ? [] : [edits]))
    .sort((a, b) => Math.min(...a.map(({ start }) => start)) - Math.min(...b.map(({ start }) => start)));
  const chosen: Edit[] = [];
  for (const edits of inOrder) {
    const overlaps = edits.some((edit) => chosen.some(({ start, end }) => edit.start < end && start < edit.end));
    if (!overlaps) chosen.push(...edits);
  }
  return edited(text, chosen);
}

/** The text with all of some changes, which do not overlap. */
export function edited(text: string, edits: readonly Edit[]): string {
  let mended = '';
  let done = 0;
  for (const { start, end, text: replacement } of [...edits].sort((a, b) => a.start - b.start)) {
    mended += text.slice(done, start) + replacement;
    done = end;
  }
  return mended + text.slice(done);
}

/** The changes that remove fields; with their lines if nothing else is in them. */
export function removals(text: string, fields: readonly Field[]): Edit[] {
  return [...new Set(fields.map(({ whole }) => whole))].map(({ start, end }) => removal(text, start, end));
}

function removal(text: string, start: number, end: number): Edit {
  const before = /(?:^|\n)[ \t]*$/.exec(text.slice(0, start));
  const after = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(end));
  if (before === null || after === null)
    return { start, end: end + (/^ */.exec(text.slice(end))?.[0].length ?? 0), text: '' };
  const begin = start - before[0].replace(/^\n/, '').length;
  return { start: begin, end: end + after[0].length, text: '' };
}
