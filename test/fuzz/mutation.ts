import type { Random } from './random.js';

/** Where programs go wrong: borders of the types that Caffe, protobuf and the file formats count in. */
export const numbers = [
  0,
  1,
  -1,
  2,
  3,
  7,
  31,
  32,
  33,
  127,
  128,
  255,
  256,
  32767,
  32768,
  65535,
  65536,
  2 ** 24,
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  2 ** 63,
  0.5,
  -0.5,
  1e-40,
  1e38,
  1e39,
  1e308,
] as const;

/** Flips bits, overwrites, cuts off, cuts out, doubles and moves stretches of bytes. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let result = Buffer.from(bytes);
  // Half of the time the structure stays, so that what is read gets beyond it.
  const kinds = random.chance(0.5) ? 5 : 8;
  random.times(6, () => {
    const { length } = result;
    if (length === 0) return;
    const at = random.int(length);
    const end = Math.min(length, at + 1 + random.int(random.chance(0.5) ? 8 : length));
    switch (random.int(kinds)) {
      case 0:
      case 1:
      case 2:
        result[at] ^= 1 << random.int(8);
        break;
      case 3:
        result[at] = random.int(256);
        break;
      case 4: {
        const value = random.pick(numbers);
        if (length >= 8)
          result.writeBigInt64LE(
            BigInt.asIntN(64, BigInt(Math.trunc(Math.min(value, 2 ** 63)))),
            Math.min(at, length - 8),
          );
        break;
      }
      case 5:
        result = random.chance(0.5)
          ? result.subarray(0, at)
          : Buffer.concat([result.subarray(0, at), result.subarray(end)]);
        break;
      case 6:
        result = Buffer.concat([result.subarray(0, end), result.subarray(at)]);
        break;
      default:
        result.copy(result, random.int(length), at, end);
    }
  });
  return result;
}

const token = /"[^"\n]*"|[A-Za-z_]\w*|-?\d[\d.]*(?:[eE][-+]?\d+)?|\s+|[^]/g;

function tokensOf(text: string): string[] {
  return text.match(token) ?? [];
}

/** The index behind the block that begins with the `{` at or after `at`. */
function endOfBlock(tokens: readonly string[], at: number): number {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    if (tokens[i] === '{') depth++;
    if (tokens[i] === '}' && --depth <= 0) return i + 1;
  }
  return tokens.length;
}

/** What mutated prototxts are put together from: words, strings, and blocks of real ones. */
export interface Dictionary {
  words: string[];
  strings: string[];
  blocks: string[];
}

export function dictionaryOf(texts: readonly string[]): Dictionary {
  const words = new Set<string>();
  const strings = new Set<string>();
  const blocks = new Set<string>();
  for (const text of texts) {
    const tokens = tokensOf(text);
    for (const [i, each] of tokens.entries()) {
      if (each.startsWith('"')) strings.add(each);
      else if (/^[A-Za-z_]/.test(each)) words.add(each);
      const behind = tokens[i + 1]?.trim() === '' ? i + 2 : i + 1;
      if (/^[a-z_]+$/.test(each) && tokens[behind] === '{')
        blocks.add(tokens.slice(i, endOfBlock(tokens, behind)).join(''));
    }
  }
  return { words: [...words], strings: [...strings], blocks: [...blocks].filter((block) => block.length < 500) };
}

function replaceToken(random: Random, old: string, { words, strings }: Dictionary): string {
  if (/^[-\d]/.test(old)) {
    const number = String(random.pick(numbers));
    return random.chance(0.05) ? random.pick(['inf', 'nan', '-', '0x7fffffff', '1e', '077']) : number;
  }
  if (old.startsWith('"')) return random.chance(0.9) ? random.pick(strings) : `"${'\\377x'.repeat(random.int(300))}"`;
  return random.pick(words);
}

/** Replaces, removes, doubles, moves and inserts the words, numbers, strings and blocks of a prototxt. */
export function mutateText(random: Random, text: string, dictionary: Dictionary): string {
  if (random.chance(0.03)) return Buffer.from(mutateBytes(random, Buffer.from(text))).toString('utf8');
  const tokens = tokensOf(text);
  random.times(5, () => {
    const places = [...tokens.keys()].filter((i) => tokens[i].trim() !== '');
    if (places.length === 0) return;
    const at = random.pick(places);
    switch (random.int(10)) {
      case 0:
        tokens.splice(at, 1);
        break;
      case 1:
        tokens.splice(at, endOfBlock(tokens, at) - at);
        break;
      case 2: {
        const block = tokens.slice(at, endOfBlock(tokens, at));
        tokens.splice(random.pick(places), 0, ' ', ...block, ' ');
        break;
      }
      case 3: {
        const opening = places.filter((i) => tokens[i] === '{');
        if (opening.length > 0) tokens.splice(random.pick(opening) + 1, 0, ` ${random.pick(dictionary.blocks)} `);
        break;
      }
      case 4:
      case 5:
      case 6: {
        const numeric = places.filter((i) => /^[-\d]/.test(tokens[i]));
        const chosen = numeric.length > 0 ? random.pick(numeric) : at;
        tokens[chosen] = replaceToken(random, tokens[chosen], dictionary);
        break;
      }
      default:
        tokens[at] = replaceToken(random, tokens[at], dictionary);
    }
  });
  return tokens.join('');
}
