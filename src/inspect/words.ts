import type { InspectOptionsStylized } from 'node:util';

/** A word as it is read, and as it is printed: with colours. */
export interface Word {
  text: string;
  styled: string;
}

/** @param style - as `util.inspect` has them: `'number'`, `'string'`, `'special'` and so on */
export function word(text: string, options: InspectOptionsStylized, style?: string): Word {
  return { text, styled: style === undefined ? text : options.stylize(text, style as 'number') };
}

const usualLength = 80;
const indentation = 4;

/** Puts words into lines, no longer than what the reader of `console.log` sees in one. Further lines are indented. */
export function wrapped(words: readonly Word[], { breakLength = usualLength }: InspectOptionsStylized): string {
  const lines: string[] = [];
  let line: string[] = [];
  let length = 0;
  for (const { text, styled } of words) {
    if (line.length > 0 && length + 1 + text.length > breakLength) {
      lines.push(line.join(' '));
      line = [];
      length = indentation;
    }
    length += (line.length > 0 ? 1 : 0) + text.length;
    line.push(styled);
  }
  return [...lines, line.join(' ')].join(`\n${' '.repeat(indentation)}`);
}

/** A shape as one reads it: `64×20×24×24`; of a scalar, `scalar`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

/** What can be read now; undefined for what refuses it, such as a blob of a net that runs. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
