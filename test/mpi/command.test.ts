import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ava from 'ava';
import { run, tscaffe } from '../process/program.js';
import { scratchFolder } from '../scratch-folder.js';
import { test } from './job.js';

const cli = join(fileURLToPath(tscaffe), '../cli/main.js');

function mpirun(...words: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [cli, 'mpirun', ...words], { encoding: 'utf8' });
}

test('mpirun hands its words to the mpirun of MPI, and its exit code back', (t) => {
  const both = mpirun('-n', '2', '--', process.execPath, '--eval', 'process.stdout.write("2\\n")');
  t.is(both.status, 0, both.stderr);
  t.is(both.stdout, '2\n2\n');
  t.is(mpirun('-n', '1', '--', process.execPath, '--eval', 'process.exit(5)').status, 5);
  const without = mpirun('-n', '1', process.execPath, '--print', '"--"');
  t.is(without.stdout, '--\n', 'without a separator too');
  const none = mpirun();
  t.is(none.status, 2);
  t.regex(none.stderr, /name a command: tscaffe mpirun -n 2 -- node train\.js/);
});

ava('a build without MPI trains in one process, and says what to do where there are to be several', async (t) => {
  const folder = scratchFolder(t);
  const built = process.env['TSCAFFE_ADDON'] ?? 'build/Release/tscaffe.node';
  const addon = join(folder, 'tscaffe.node');
  copyFileSync(built, addon);
  writeFileSync(join(folder, 'mpi.json'), '{ "reason": "There is no mpicc in PATH." }');
  const program = `
    import { mpi } from ${JSON.stringify(tscaffe)};
    console.log(JSON.stringify(mpi.init()));
    mpi.finalize();
  `;
  const libraries = spawnSync('sh', ['-c', `readelf -d ${built} | sed -n 's/.*rpath: \\[\\(.*\\)\\]/\\1/p'`], {
    encoding: 'utf8',
  });
  const path = libraries.stdout.trim().replaceAll('$ORIGIN', join(built, '..'));
  const env = { TSCAFFE_ADDON: addon, LD_LIBRARY_PATH: path };
  const alone = await run(program, { env });
  t.is(alone.code, 0, alone.output);
  t.regex(alone.output, /"rank":0,"size":1/);
  const launched = await run(program, { env: { ...env, PMI_RANK: '0' } });
  t.is(launched.code, 1);
  t.regex(
    launched.output,
    /mpi\.init: this build of tscaffe has no MPI\. There is no mpicc in PATH\. Put the mpicc of your MPI/,
  );
});
