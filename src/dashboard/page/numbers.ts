// How the page writes numbers.

/** Five significant digits, without zeros that say nothing. */
export function shortNumber(value: number | undefined): string {
  if (value === undefined) return '–';
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3).replace(/\.?0+e/, 'e');
  return Number(value.toPrecision(5)).toLocaleString('en', { maximumSignificantDigits: 5, useGrouping: size >= 1e4 });
}

/** A whole number with its thousands apart. */
export const wholeNumber = (value: number): string => value.toLocaleString('en');

/** `2 d 3 h`, `1:05:09`, `0:42`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  const two = (number: number): string => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** `12.3 %` */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `(64, 1, 28, 28)` */
export const shapeText = (shape: readonly number[]): string => `(${shape.join(', ')})`;
