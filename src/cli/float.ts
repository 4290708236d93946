/** A number as C++ streams print it, and so Caffe's log: six digits, `1e-05`, `inf`. */
export function asInCaffe(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  const [digits = '', exponent = ''] = x.toExponential(5).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(x.toPrecision(6)));
  const mantissa = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
