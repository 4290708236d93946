import test from 'ava';
import { newTally, runCases } from './campaign.js';
import { layerTargetNames, targetNames } from './names.js';

/** The same cases each time: what fails here fails for everybody. `npm run fuzz` tries others. */
const cases = 12;
/** Half of these have memory that begins at a guard page: see campaign.ts. */
const layerCases = { first: 570, count: 60 };

for (const name of targetNames) {
  // Sanitizers see LMDB itself copy beyond a page that a damaged database gives a wrong size.
  const isLmdbsOwn = name === 'lmdb' && process.env['TSCAFFE_ADDON'] !== undefined;
  const { first, count } = layerTargetNames.includes(name) ? layerCases : { first: 1, count: cases };
  (isLmdbsOwn ? test.skip : test)(`${count} cases of the target ${name} end in values or errors`, async (t) => {
    const tally = newTally();
    await runCases(name, first, count, tally);
    t.deepEqual(tally.findings, []);
    t.is(tally.cases, count);
  });
}

/**
 * Bits flipped in HDF5 files, over which HDF5 itself ends the process: nothing smaller is known to bring that about.
 */
for (const seed of [5760, 21259]) {
  test(`a solverstate in HDF5 that would end the process is ERR_CAFFE_FORMAT, case ${seed}`, async (t) => {
    const tally = newTally();
    await runCases('solverstate', seed, 1, tally);
    t.deepEqual([...tally.outcomes], [['ERR_CAFFE_FORMAT', 1]]);
  });
}
