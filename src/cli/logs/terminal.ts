import { asInCaffe } from '../float.js';
import type { Curve, Panel } from './curves.js';

const rows = 10;
/** ANSI's blue, red, green, magenta, yellow, cyan. */
const colors = [34, 31, 32, 35, 33, 36];

/** The bits of U+2800, the first of the characters of Braille, by row and column of their dots. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/** A field of dots, two by four in a character. A character has the colour of the last curve that went through it. */
class Canvas {
  readonly #cells: { bits: number; color: number }[][];

  constructor(columns: number) {
    this.#cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ({ bits: 0, color: 0 })));
  }

  /** Sets a dot; `x` and `y` count from the left and the top. */
  dot(x: number, y: number, color: number): void {
    const cell = this.#cells[y >> 2]?.[x >> 1];
    if (cell === undefined) return;
    cell.bits |= dots[y & 3]?.[x & 1] ?? 0;
    cell.color = color;
  }

  line([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], color: number): void {
    const steps = Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0));
    for (let i = 0; i <= steps; i++) {
      this.dot(Math.round(x0 + ((x1 - x0) * i) / steps), Math.round(y0 + ((y1 - y0) * i) / steps), color);
    }
  }

  lines(inColor: boolean): string[] {
    return this.#cells.map((cells) =>
      cells
        .map(({ bits, color }) => {
          const character = bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits);
          return inColor && bits !== 0 ? `\u001b[${color}m${character}\u001b[0m` : character;
        })
        .join(''),
    );
  }
}

interface Range {
  least: number;
  most: number;
}

function rangeOf(values: readonly number[]): Range | undefined {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return undefined;
  return { least: finite.reduce((a, b) => Math.min(a, b)), most: finite.reduce((a, b) => Math.max(a, b)) };
}

/** Where a value lies in a range, from 0 to 1. */
const within = (value: number, { least, most }: Range): number =>
  most === least ? 0.5 : (value - least) / (most - least);

/** Draws panels in characters, below each other. */
export function toText(
  panels: readonly Panel[],
  { columns, inColor, log, seconds }: { columns: number; inColor: boolean; log: boolean; seconds: boolean },
): string {
  const labels = [...new Set(panels.flatMap(({ curves }) => curves.map(({ label }) => label)))];
  const colorOf = (label: string): number => colors[labels.indexOf(label) % colors.length] ?? 39;
  return panels
    .map((panel) => panelText(panel, { columns: Math.max(40, columns), inColor, log, seconds, colorOf }))
    .join('\n');
}

interface Look {
  columns: number;
  inColor: boolean;
  log: boolean;
  seconds: boolean;
  colorOf: (label: string) => number;
}

function panelText({ quantity, curves }: Panel, { columns, inColor, log, seconds, colorOf }: Look): string {
  const drawn = curves.map((curve) => ({ ...curve, line: curve.smooth ?? curve.points }));
  const values = drawn.flatMap(({ line }) => line.map(([, y]) => y));
  const isLog = log && values.some((y) => y > 0 && Number.isFinite(y));
  const scaled = (y: number): number => (isLog ? (y > 0 ? Math.log10(y) : NaN) : y);
  const across = rangeOf(drawn.flatMap(({ line }) => line.map(([x]) => x)));
  const up = rangeOf(values.map(scaled));
  const title = isLog ? `${quantity} (logarithmic)` : quantity;
  const legend = curves.map((curve) => legendOf(curve, inColor ? colorOf(curve.label) : undefined));
  if (across === undefined || up === undefined) return [title, ...legend, ''].join('\n');
  const [highest, lowest] = [up.most, up.least].map((y) => asInCaffe(isLog ? 10 ** y : y));
  const margin = Math.max(highest?.length ?? 0, lowest?.length ?? 0);
  const canvas = new Canvas(columns - margin - 2);
  const [width, height] = [2 * (columns - margin - 2) - 1, 4 * rows - 1];
  for (const { label, line } of drawn) {
    let before: readonly [number, number] | undefined;
    for (const [x, y] of line) {
      const value = scaled(y);
      const here = [Math.round(within(x, across) * width), Math.round((1 - within(value, up)) * height)] as const;
      // NaN and the infinities leave a gap.
      if (Number.isFinite(value)) canvas.line(before ?? here, here, colorOf(label));
      before = Number.isFinite(value) ? here : undefined;
    }
  }
  const side = (row: number): string =>
    ((row === 0 ? highest : row === rows - 1 ? lowest : undefined) ?? '').padStart(margin);
  const unit = seconds ? 's' : '';
  const [first, last] = [`${asInCaffe(across.least)}${unit}`, `${asInCaffe(across.most)}${unit}`];
  return [
    title,
    ...canvas.lines(inColor).map((text, row) => `${side(row)} │${text}`.trimEnd()),
    `${' '.repeat(margin)} └${'─'.repeat(columns - margin - 2)}`,
    `${' '.repeat(margin + 2)}${first}${last.padStart(columns - margin - 2 - first.length)}`,
    ...legend,
    '',
  ].join('\n');
}

/** The curve in words: where it ended, and its best and worst. */
function legendOf({ label, points }: Curve, color: number | undefined): string {
  const range = rangeOf(points.map(([, y]) => y));
  const last = asInCaffe(points.at(-1)?.[1] ?? NaN);
  const between = range === undefined ? '' : `, from ${asInCaffe(range.least)} to ${asInCaffe(range.most)}`;
  const mark = color === undefined ? '' : `\u001b[${color}m—\u001b[0m `;
  return `  ${mark}${label}: last ${last}${between}`;
}
