// npm run fuzz -- [--minutes 30] [--target NAME ...] [--seed N] [--cases N]
//
// Goes round the targets, a stretch of seeds each, until the time is over; prints each finding as it comes, and a table
// at the end. A finding is reproduced by `--target NAME --seed N --cases 1`. Ends with 1 if there was a crash or a
// hang.
import { parseArgs } from 'node:util';
import { newTally, runCases, type Tally } from './campaign.js';
import { targetNames } from './names.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    target: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    cases: { type: 'string' },
  },
});

/**
 * Cases in one process: enough to be worth its start, few enough that a leak of one target is not taken for another's
 * crash.
 */
const stretch = 200;

const wanted = values.target.length > 0 ? values.target : targetNames;
const tallies = new Map<string, Tally>(wanted.map((name) => [name, newTally()]));
const cases = values.cases === undefined ? stretch : Number(values.cases);
const end = Date.now() + Number(values.minutes) * 60_000;
console.log(`from seed ${values.seed}, ${cases} cases of each target at a time`);
for (let seed = Number(values.seed); ; seed += cases) {
  for (const [name, tally] of tallies) {
    if (Date.now() > end) break;
    const known = tally.findings.length;
    await runCases(name, seed, cases, tally);
    for (const { kind, seed: at, what } of tally.findings.slice(known))
      console.log(`${kind} --target ${name} --seed ${at}: ${what}`);
  }
  if (values.cases !== undefined || Date.now() > end) break;
}
let failed = false;
for (const [name, { cases: tried, outcomes, findings }] of tallies) {
  const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
  console.log(`${name}: ${tried} cases, ${findings.length} findings; ${counts.join(', ')}`);
  failed ||= findings.some(({ kind }) => kind !== 'rough');
}
process.exitCode = failed ? 1 : 0;
