/** Prints a line for people. */
export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a line for programs: NaN and the infinities, which JSON does not have, are strings. */
export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, (_key, each: unknown) => (isOdd(each) ? String(each) : each))}\n`);
}

function isOdd(value: unknown): boolean {
  return typeof value === 'number' && !Number.isFinite(value);
}
