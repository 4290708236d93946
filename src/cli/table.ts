import { printLine } from './output.js';

/** Prints rows with aligned columns: the first `texts` of them to the left, those after them to the right. */
export function printTable(rows: readonly (readonly string[])[], texts: number): void {
  const columns = Math.max(0, ...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), 0),
  );
  for (const row of rows) {
    const cells = row.map((cell, i) => (i < texts ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)));
    printLine(cells.join('  ').trimEnd());
  }
}

/** `(64, 3, 7, 7)` */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}
