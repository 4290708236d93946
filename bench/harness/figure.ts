import type { Clock } from './trial.js';

const units: [nanoseconds: number, name: string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

/** Three digits, and never an exponent. */
export function digits(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return Math.abs(rounded) >= 100 ? rounded.toFixed(0) : String(rounded);
}

/** Nanoseconds or bytes, as people read them. */
export function show(value: number, clock: Clock): string {
  if (clock === 'memory') return `${digits(value / 2 ** 20)} MiB`;
  const [size, name] = units.find(([nanoseconds]) => Math.abs(value) >= nanoseconds) ?? [1, 'ns'];
  return `${digits(value / size)} ${name}`;
}
