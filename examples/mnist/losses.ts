import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Loss {
  /** The iteration that computed it, from 0. */
  iter: number;
  loss: number;
}

/** Writes one line "iteration,loss" for each. */
export function writeLosses(path: string, losses: readonly Loss[]): void {
  writeFileSync(path, ['iteration,loss', ...losses.map(({ iter, loss }) => `${iter},${loss}`), ''].join('\n'));
}

/** The losses of the iterations before `end`; none if there is no such file. */
export function readLosses(path: string, end: number): Loss[] {
  if (!existsSync(path)) return [];
  const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines
    .map((line) => {
      const [iter, loss] = line.split(',').map(Number);
      return { iter, loss };
    })
    .filter(({ iter }) => iter < end);
}
