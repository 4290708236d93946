import test from 'ava';
import { newTally, runCases } from './campaign.js';
import { targetNames } from './names.js';

/** The same cases each time: what fails here fails for everybody. `npm run fuzz` tries others. */
const cases = 12;

for (const name of targetNames) {
  test(`${cases} mutated inputs for the target ${name} end in values or errors`, async (t) => {
    const tally = newTally();
    await runCases(name, 1, cases, tally);
    t.deepEqual(tally.findings, []);
    t.is(tally.cases, cases);
  });
}
