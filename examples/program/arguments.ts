import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What a user gave is wrong: the message says what. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;
interface Config<O extends Options> {
  args: string[];
  allowPositionals: true;
  options: O & { help: { type: 'boolean'; short: 'h' } };
}
type Given<O extends Options> = ReturnType<typeof parseArgs<Config<O>>>;

/**
 * Reads the program's command line. `--help` prints the usage and ends the process; a wrong command line ends it with
 * status 2, what is wrong and the usage.
 *
 * @param options - as `parseArgs` of node:util takes them
 * @param read - makes of what was given what the program needs, and throws a {@link UsageError} if it cannot
 */
export function readArguments<const O extends Options, T>(usage: string, options: O, read: (given: Given<O>) => T): T {
  try {
    const given = parseArgs<Config<O>>({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    });
    if ((given.values as { help?: boolean }).help === true) {
      console.log(usage);
      process.exit(0);
    }
    return read(given);
  } catch (error) {
    // parseArgs throws TypeErrors with a code.
    const wrong = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
    if (!wrong) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** The whole number that `--name` was given. */
export function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} takes a whole number, not "${text}"`);
  return Number(text);
}
