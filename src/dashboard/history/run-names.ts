import { basename, dirname, join, resolve } from 'node:path';

/** The name of a run, of the path of its history or log. */
const short = (path: string): string => basename(path).replace(/_history\.json$/, '');

/** Names that tell runs apart: of their files, and of the folders of those that have the same. */
export function runNames(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const isAlone = paths.filter((other) => short(other) === short(path)).length === 1;
    return isAlone ? short(path) : join(basename(dirname(resolve(path))), short(path));
  });
}
