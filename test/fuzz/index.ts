// npm run fuzz -- [--minutes 30] [--target NAME ...] [--seed N] [--cases N] [--jobs N] [--trail]
//
// Goes round the targets, a stretch of seeds each, until the time is over, or until each has had its cases; prints each
// finding as it comes, and a table at the end. `--target NAME --seed N --cases 1` repeats a finding. Ends with 1
// if there was a crash or a hang.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { newTally, runCases, stretch, type Tally } from './campaign.js';
import { targetNames } from './names.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    target: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    cases: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    trail: { type: 'boolean', default: false },
  },
});

const wanted = values.target.length > 0 ? values.target : targetNames;
const unknown = wanted.filter((name) => !targetNames.includes(name));
if (unknown.length > 0) throw new RangeError(`no target ${unknown.join(', ')}; there are ${targetNames.join(', ')}`);
const tallies = new Map<string, Tally>(wanted.map((name) => [name, newTally()]));
const first = Number(values.seed);
const cases = Number(values.cases ?? Infinity);
const minutes = Number(values.minutes ?? (values.cases === undefined ? 30 : Infinity));
const end = Date.now() + minutes * 60_000;
console.log(`from seed ${first}, ${values.jobs} processes at a time`);

/** A stretch of seeds of each target, then the next of each. */
function* rounds(): Generator<[name: string, seed: number, count: number]> {
  for (let seed = first; seed < first + cases;) {
    const next = Math.min(first + cases, (Math.floor(seed / stretch) + 1) * stretch);
    for (const name of wanted) yield [name, seed, next - seed];
    seed = next;
  }
}

/** Several of these take turns at the rounds. */
async function work(stretches: Iterable<[string, number, number]>): Promise<void> {
  for (const [name, seed, count] of stretches) {
    if (Date.now() > end) return;
    const tally = newTally();
    await runCases(name, seed, count, tally, values.trail ? console.log : undefined);
    for (const { kind, seed: at, what } of tally.findings)
      console.log(`${kind} --target ${name} --seed ${at}: ${what}`);
    add(tally, tallies.get(name) ?? tally);
  }
}

function add(tally: Tally, to: Tally): void {
  to.cases += tally.cases;
  to.findings.push(...tally.findings);
  for (const [outcome, count] of tally.outcomes) to.outcomes.set(outcome, (to.outcomes.get(outcome) ?? 0) + count);
}

const stretches = rounds();
await Promise.all(Array.from({ length: Number(values.jobs) }, async () => work(stretches)));
let failed = false;
for (const [name, { cases: tried, outcomes, findings }] of tallies) {
  const counts = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
  console.log(`${name}: ${tried} cases, ${findings.length} findings; ${counts.join(', ')}`);
  failed ||= findings.some(({ kind }) => kind !== 'rough');
}
process.exitCode = failed ? 1 : 0;
