// The child process: worker.ts TARGET FIRST-SEED COUNT. Before each case it says `begin SEED`, after it `end SEED OUTCOME`,
// so that whoever started it knows which case it died in.
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { CaffeError, coordMap, GradientError } from 'tscaffe';
import { makeFiles } from './corpus.js';
import { requireGoodNet } from './good-net.js';
import { Random } from './random.js';
import { targets } from './targets.js';

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Errors that show the inside of the package instead of the user's mistake. */
const inside =
  /^Cannot (read|convert|mix)|is not a (function|constructor|iterable)|is not iterable|^Invalid argument|was expected$|of (undefined|null)/;

/** The kind of an error that helps its user; undefined for any other. */
function kindOf(error: unknown): string | undefined {
  if (error instanceof CaffeError) return error.code === 'ERR_CAFFE_INTERNAL' ? undefined : error.code;
  if (error instanceof TypeError || error instanceof RangeError)
    return inside.test(error.message) ? undefined : error.name;
  if (error instanceof GradientError) return 'GradientError';
  if (error instanceof coordMap.UndefinedMapException || error instanceof coordMap.AxisMismatchException)
    return 'coordMap';
  return undefined;
}

function describe(error: unknown): string {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const rough = errors.find((each) => kindOf(each) === undefined);
  if (rough === undefined) return kindOf(errors[0]) ?? 'value';
  const text = rough instanceof Error ? (rough.stack ?? rough.message) : inspect(rough);
  return `ROUGH ${text.replaceAll('\n', ' | ').slice(0, 1500)}`;
}

const [name = '', first = '0', count = '1'] = process.argv.slice(2);
const target = targets[name];
makeFiles();
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  say(`begin ${seed}`);
  let outcome = 'value';
  try {
    await target(new Random(seed));
  } catch (error) {
    outcome = describe(error);
  }
  requireGoodNet();
  say(`end ${seed} ${outcome}`);
}
say('done');
