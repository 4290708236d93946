import type { Entry } from './entry.js';

/** Whose a column is: `lr` and `loss` are of the solver, `train.X` and `test.X` (`test1.X`) of nets. */
function columnOf(header: string): Pick<Entry, 'of' | 'name'> | undefined {
  if (header === 'lr' || header === 'loss') return { of: 'solver', name: header };
  const [, which, index, name] = /^(train|test)(\d*)\.(.+)$/s.exec(header) ?? [];
  return name === undefined ? undefined : { of: which === 'train' ? 'train' : Number(index), name };
}

/** Names with commas or quotes are quoted. */
function cellsOf(line: string): string[] {
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

/** Reads what `train --csv` has written. A last row that is not whole yet is left. */
export function parseCsv(text: string): Entry[] {
  const [header = '', ...rows] = text.split('\n').slice(0, -1);
  const names = cellsOf(header);
  const columns = names.map(columnOf);
  const secondsAt = names.indexOf('seconds');
  return rows.flatMap((row) => {
    const cells = cellsOf(row);
    const [iter, seconds] = [Number(cells[0]), Number(cells[secondsAt])];
    return columns.flatMap((column, i) =>
      column === undefined || cells[i] === '' ? [] : { iter, seconds, ...column, value: Number(cells[i]) },
    );
  });
}
