// The child process: worker.ts TARGET FIRST-SEED COUNT. On descriptor 3 it says `begin SEED` before each case and
// `end SEED OUTCOME` after it, so that whoever started it knows which case it died in. In between, `did WHAT` says what
// the case does next.
import { inspect } from 'node:util';
import { CaffeError, coordMap, engines, GradientError, setEngine } from 'tscaffe';
import { makeFiles } from './corpus.js';
import { requireGoodNet } from './good-net.js';
import { Random } from './random.js';
import { targets } from './targets.js';
import { say } from './trail.js';

/**
 * Errors that show the inside of the package instead of the user's mistake: those of V8, of node-addon-api and of
 * protobufjs.
 */
const inside = new RegExp(
  [
    /^Cannot (read|set|convert|mix|destructure|assign|create|define|delete|redefine|use|perform|freeze)/,
    /is not (a function|a constructor|iterable|extensible|defined|a symbol|an Object)|not a callable|object is not|called on/,
    /^Invalid (argument|typed array|array length|array buffer|count|left-hand|regular)|^Array buffer allocation|^Illegal/,
    /was expected$|^Right-hand side|^Iterator |^[Oo]ffset is|^illegal |^index out of range|length of|^Maximum call stack/,
    /^(Reflect|Object|Array|Map|Set|Symbol|String|Number|Function|Class|Method|Proxy|Private|Receiver)\b[^:]* (called|prototype|must|is|constructor|may)/,
    /of (undefined|null)\b|undefined or null|'(get|set|has|ownKeys|deleteProperty|defineProperty)' on proxy/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

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
  const rough = errors.filter((each) => kindOf(each) === undefined);
  if (rough.length === 0) return kindOf(errors[0]) ?? 'value';
  const texts = rough.map((each) => (each instanceof Error ? (each.stack ?? each.message) : inspect(each)));
  return `ROUGH ${texts.map((text) => text.replaceAll('\n', ' | ').slice(0, 1500)).join(' || ')}`;
}

const [name = '', first = '0', count = '1'] = process.argv.slice(2);
const target = targets[name];
makeFiles();
// Such small nets would stay with Caffe's code.
process.env['TSCAFFE_ENGINE_WAY'] = 'blocked';
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  say(`begin ${seed}`);
  let outcome = 'value';
  setEngine(seed % 3 === 0 && engines.includes('onednn') ? 'onednn' : 'caffe');
  try {
    await target(new Random(seed));
  } catch (error) {
    outcome = describe(error);
  }
  requireGoodNet();
  say(`end ${seed} ${outcome}`);
}
say('done');
