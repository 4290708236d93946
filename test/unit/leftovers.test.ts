import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { io } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

/**
 * The parts of the name that this process gives to what it writes beside a place: machine, process and when that began.
 */
function owner(folder: string): { host: string; pid: string; start: string } {
  using database = io.Database.create(join(folder, 'd'));
  const aside = readdirSync(folder).find((name) => name.startsWith('d.partial-')) ?? '';
  const [, host = '', pid = '', start = ''] = /^d\.partial-(\w+)-(\d+)-(\d+)-\d+$/.exec(aside) ?? [];
  database.discard();
  return { host, pid, start };
}

test('what processes that are gone have left beside a file goes when that is written; what others are writing stays', (t) => {
  const folder = scratchFolder(t);
  const { host, pid, start } = owner(folder);
  t.is(pid, String(process.pid));
  const gone = [
    `mean.partial-${host}-${2 ** 31 - 1}-1-0`, // there is no such process
    `mean.partial-${host}-${pid}-${Number(start) - 1}-0`, // an earlier one of the same number
    'mean.partial-0-1-1-0', // of another machine, and old
  ];
  const kept = [
    `mean.partial-${host}-${pid}-${start}-999`, // of a process that runs
    'mean.partial-0-1-1-1', // of another machine
    `other.partial-${host}-${2 ** 31 - 1}-1-0`, // beside another file
    'mean.partial-mine', // nobody knows
  ];
  for (const name of [...gone, ...kept]) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, `mean.partial-${host}-${2 ** 31 - 1}-1-1`)); // a database
  const dayBeforeYesterday = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
  utimesSync(join(folder, 'mean.partial-0-1-1-0'), dayBeforeYesterday, dayBeforeYesterday);
  io.writeMean(join(folder, 'mean'), { data: Float32Array.of(1), shape: [1, 1, 1] });
  t.deepEqual(readdirSync(folder).sort(), [...kept, 'mean'].sort());
});
