import { readNet } from '../proto/prototxt.js';

/** A field of a prototxt, and where in the text it stands: offsets, `end` behind the last character. */
export interface Field {
  name: string;
  start: number;
  end: number;
  /** With its name and the separator behind it; of a value in a list the whole list. What goes when it is removed. */
  whole: { start: number; end: number };
  /** The value as written, or the whole message with its braces. */
  value: { start: number; end: number; text: string };
  /** The fields of a message; undefined for a scalar. */
  fields: Field[] | undefined;
}

interface Token {
  text: string;
  start: number;
  end: number;
}

// The sign of an exponent is part of its number: 1e-05 is one token, or the -05 would be taken for the next field.
const token =
  /\s+|#[^\n]*|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[A-Za-z_][\w.]*|[-+]?[\d.](?:[eE][-+]\d|[\w.])*|.)/gsy;

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(token)) {
    const [all, word] = match;
    if (word !== undefined) tokens.push({ text: word, start: match.index, end: match.index + all.length });
  }
  return tokens;
}

class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  #peek(): string {
    return this.#tokens[this.#next]?.text ?? '';
  }

  #take(): Token {
    return this.#tokens[this.#next++] ?? { text: '', start: this.#text.length, end: this.#text.length };
  }

  fields(closing: string): Field[] {
    const fields: Field[] = [];
    while (this.#next < this.#tokens.length && this.#peek() !== closing) fields.push(...this.#field());
    return fields;
  }

  /** A list `name: [a, b]` is several fields. */
  #field(): Field[] {
    const { text: name, start } = this.#take();
    if (this.#peek() === ':') this.#take();
    const whole = { start, end: start };
    const fields: Field[] = [];
    if (this.#peek() === '[') {
      do {
        this.#take();
        if (this.#peek() !== ']') fields.push(this.#value(name, undefined, whole));
      } while (this.#peek() === ',');
      whole.end = this.#take().end;
    } else {
      const field = this.#value(name, start, whole);
      fields.push(field);
      whole.end = field.end;
    }
    if (this.#peek() === ';' || this.#peek() === ',') whole.end = this.#take().end;
    return fields;
  }

  #value(name: string, from: number | undefined, whole: Field['whole']): Field {
    const first = this.#take();
    const start = from ?? first.start;
    const isMessage = first.text === '{' || first.text === '<';
    const fields = isMessage ? this.fields(first.text === '{' ? '}' : '>') : undefined;
    let { end } = isMessage ? this.#take() : first;
    if (!isMessage && first.text === '-') ({ end } = this.#take());
    // Strings beside each other are one.
    while (!isMessage && /^["']/.test(first.text) && /^["']/.test(this.#peek())) ({ end } = this.#take());
    const value = { start: first.start, end, text: this.#text.slice(first.start, end) };
    return { name, start, end, whole, value, fields };
  }
}

/**
 * Reads where the fields of a prototxt stand, which libprotobuf does not tell to the end: for findings, and to change a
 * text in place. The text must be one that libprotobuf takes; others come out somehow.
 */
export function parseTree(text: string): Field[] {
  return new Parser(text).fields('');
}

/** The fields at a path of names. */
export function fieldsAt(fields: readonly Field[] | undefined, ...path: string[]): Field[] {
  const [name, ...rest] = path;
  const found = (fields ?? []).filter((field) => field.name === name);
  return rest.length === 0 ? found : found.flatMap((field) => fieldsAt(field.fields, ...rest));
}

/** What a string or a word is. libprotobuf itself reads strings: it knows escapes, and joins those side by side. */
export function scalarOf(field: Field | undefined): string | undefined {
  if (field === undefined || field.fields !== undefined) return undefined;
  const { text } = field.value;
  return /^["']/.test(text) ? readNet({ text: `name: ${text}` }).name : text;
}
