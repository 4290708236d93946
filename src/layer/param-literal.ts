/** A value in a `param_str`: a number, string, boolean, null, list or dictionary. */
export type ParamValue = number | string | boolean | null | ParamValue[] | ParamValues;
/** The fields of a `param_str`, by name. */
export interface ParamValues {
  [name: string]: ParamValue;
}

const words: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
]);

const space = /(?:\s|#.*)*/y;
const number = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
/** Python 2 writes `u'text'` for a string of unicode. */
const quoted = /[uU]?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')/y;
const word = /[A-Za-z_][\w.-]*/y;
const escape = /\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|(.))/gs;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

class ParamStrReader {
  #at = 0;
  constructor(readonly text: string) {}

  #match(pattern: RegExp): RegExpExecArray | null {
    for (const step of [space, pattern]) {
      step.lastIndex = this.#at;
      const match = step.exec(this.text);
      if (match === null) return null;
      this.#at = step.lastIndex;
      if (step === pattern) return match;
    }
    return null;
  }

  #skip(character: string): boolean {
    this.#match(space);
    if (this.text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  get atEnd(): boolean {
    this.#match(space);
    return this.#at === this.text.length;
  }

  fail(expected: string): never {
    this.#match(space);
    const found = this.atEnd ? 'the end' : JSON.stringify(this.text.slice(this.#at, this.#at + 12));
    throw new SyntaxError(`expected ${expected} at column ${this.#at + 1} but found ${found}\n${this.text}`);
  }

  #string(): string | undefined {
    const match = this.#match(quoted);
    return (match?.[1] ?? match?.[2])?.replace(
      escape,
      (_, unicode: string | undefined, latin: string | undefined, character: string) =>
        character === undefined
          ? String.fromCharCode(parseInt(unicode ?? latin ?? '', 16))
          : (escapes[character] ?? character),
    );
  }

  /** A name, and whether it is in quotes. */
  #name(): { name: string; isQuoted: boolean } {
    const text = this.#string();
    return { name: text ?? this.#match(word)?.[0] ?? this.fail('a name'), isQuoted: text !== undefined };
  }

  #list(end: string): ParamValue[] {
    const values: ParamValue[] = [];
    while (!this.#skip(end)) {
      values.push(this.value());
      if (!this.#skip(',') && !this.#skip(end)) this.fail(`, or ${end}`);
      else if (this.text[this.#at - 1] === end) break;
    }
    return values;
  }

  value(): ParamValue {
    if (this.#skip('{')) return this.fields('}');
    if (this.#skip('[')) return this.#list(']');
    if (this.#skip('(')) return this.#list(')');
    const digits = this.#match(number);
    if (digits !== null) return Number(digits[0]);
    const text = this.#string();
    if (text !== undefined) return text;
    const bare = this.#match(word)?.[0] ?? this.fail('a value');
    return words.has(bare) ? (words.get(bare) ?? null) : bare;
  }

  /**
   * Reads `name: value` pairs, with or without commas. A repeated name makes a list, as in a prototxt. Of names in
   * quotes, those of Python and JSON, the last counts.
   */
  fields(end: string): ParamValues {
    const fields = Object.create(null) as ParamValues;
    while (!(end === '' ? this.atEnd : this.#skip(end))) {
      const { name, isQuoted } = this.#name();
      this.#match(space);
      if (!this.#skip(':') && this.text[this.#at] !== '{') this.fail(`: after ${name}`);
      const value = this.value();
      const earlier = isQuoted ? undefined : fields[name];
      fields[name] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value];
      if (!this.#skip(',')) this.#skip(';');
    }
    return fields;
  }
}

/** Reads a whole text. */
function readWhole<Result>(text: string, read: (reader: ParamStrReader) => Result): Result {
  const reader = new ParamStrReader(text);
  const result = read(reader);
  if (!reader.atEnd) reader.fail('the end');
  return result;
}

/**
 * Reads JSON, a Python dictionary or the fields of a prototxt.
 *
 * @throws {SyntaxError} with the column where parsing fails
 */
export function readFields(text: string): ParamValues {
  const braces = /^\s*\{/.test(text);
  return readWhole(text, (reader) => (braces ? (reader.value() as ParamValues) : reader.fields('')));
}

/** Reads one value as Python writes it. */
export function readLiteral(text: string): ParamValue {
  return readWhole(text, (reader) => reader.value());
}
