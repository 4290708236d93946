import { InvalidArgumentError, type Command } from 'commander';

/**
 * Flags in one form: `-solver=x`, `--solver x` and `--sigint_effect=stop` are all good to Caffe's tool. What follows
 * `--` is left alone.
 */
export function inTwoDashes(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.map((word, i) => {
    const [, name, rest] = /^--?([a-z][\w-]+)(.*)$/is.exec(word) ?? [];
    if (name === undefined || (end >= 0 && i >= end)) return word;
    return `--${name.replaceAll('_', '-')}${rest ?? ''}`;
  });
}

/** @returns a reader of whole numbers from `least` on, for an option */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^-?\d+$/.test(text) && number >= least && number < 2 ** 31) return number;
    throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
  };
}

/** Reads `a,b`. */
export function list(text: string): string[] {
  return text.split(',').filter((each) => each !== '');
}

/** Gathers an option that may be given several times. */
export function gather(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** Options of all commands that run a net, as Caffe's tool has them. */
export interface NetFlags {
  gpu?: string;
  level?: number;
  stage?: string[];
  layers?: string[];
}

export function defineNetFlags(command: Command): Command {
  return command
    .option('--gpu <id>', 'compute on this GPU; without it on the CPU, unless the solver says otherwise')
    .option('--level <n>', 'the level of the net, for its include and exclude rules', wholeNumber(-(2 ** 31)))
    .option('--stage <names>', 'the stages of the net, separated by commas', list)
    .option('--layers <folder>', 'look here too for layers in TypeScript; may be given several times', gather);
}

/** What these flags are for `Net.create`. */
export function netOptions({ level = 0, stage = [] }: NetFlags): { level: number; stages: string[] } {
  return { level, stages: stage };
}
