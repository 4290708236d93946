/** A failure whose message says all there is to say. The exit code is 1. */
export class Failure extends Error {}

/** What the user typed is wrong. The exit code is 2. */
export class UsageError extends Failure {}

/** Does what an option asks for: the errors of arguments that come of its value are mistakes of the user. */
export function asAsked<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const isArgument = cause instanceof RangeError || cause instanceof TypeError;
    throw isArgument ? new UsageError(cause.message, { cause }) : cause;
  }
}

/**
 * Whether the message says all there is to say: one of Caffe's, of the system's, or of the command itself. Caffe's are
 * known by their code, because their class is not there without the addon.
 */
function saysAll(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return error instanceof Failure || syscall !== undefined || String(code).startsWith('ERR_CAFFE_');
}

/** A terminal obeys control characters, such as those of a damaged file. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- it is for them
  return text.replaceAll(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, (each) => {
    return `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}

/**
 * Says on standard error what went wrong. What a layer has thrown comes with its stack, which tells where.
 *
 * @returns the exit code
 */
export function report(error: unknown, command: string | undefined): number {
  const who = command === undefined ? 'tscaffe' : `tscaffe ${command}`;
  const isPlain = error instanceof Error && saysAll(error);
  const what = isPlain ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${who}: ${printable(what)}\n`);
  return error instanceof UsageError ? 2 : 1;
}
