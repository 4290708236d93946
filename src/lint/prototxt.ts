import { CaffeError } from '../error/caffe-error.js';
import { kindOfText } from '../proto/kind-of-text.js';
import { readNet, readSolver } from '../proto/prototxt.js';
import { edited, type Edit, type Finding } from './finding.js';
import { parseTree, type Field } from './prototxt-tree.js';

/** Says something about a field; about the whole file if there is none. */
export type Report = (code: string, field: Field | undefined, text: string, hint: string, edits?: Edit[]) => void;

/** Whether a text is one that Caffe reads: no rule may mend it to another, whatever form the field has there. */
function canBeRead(text: string): boolean {
  try {
    (kindOfText(text) === 'NetParameter' ? readNet : readSolver)({ text });
    return true;
  } catch (error) {
    if (error instanceof CaffeError) return false;
    throw error;
  }
}

/** A prototxt that is linted, with what was found in it so far. */
export class Prototxt {
  readonly file: string;
  readonly text: string;
  readonly fields: Field[];
  readonly #findings = new Map<string, Finding>();
  /** In which state a rule has spoken of a place. */
  readonly #states = new Map<string, object>();

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.fields = parseTree(text);
  }

  readonly report: Report = this.reportIn(this);

  /**
   * What is found in several states of a net is said once: a rule that has spoken of a place in one is not heard of it
   * in another, where it has only other numbers.
   */
  reportIn(state: object): Report {
    return (code, field, text, hint, edits) => {
      const { line, column } = this.placeOf(field?.start ?? 0);
      const finding = { code, line, column, text, hint };
      this.add(edits !== undefined && edits.length > 0 ? { ...finding, edits } : finding, state);
    };
  }

  add({ edits, ...finding }: Omit<Finding, 'file'>, state: object = this): void {
    const place = `${finding.line}:${finding.column}:${finding.code}`;
    const key = `${place}:${finding.text}`;
    if ((this.#states.get(place) ?? state) !== state || this.#findings.has(key)) return;
    this.#states.set(place, state);
    const canMend = edits !== undefined && canBeRead(edited(this.text, edits));
    this.#findings.set(key, { file: this.file, ...finding, ...(canMend ? { edits } : {}) });
  }

  placeOf(offset: number): { line: number; column: number } {
    const lines = this.text.slice(0, offset).split('\n');
    return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
  }

  get findings(): Finding[] {
    return [...this.#findings.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}
