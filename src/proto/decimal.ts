/**
 * The shortest decimal that is this 32-bit float: what somebody wrote in a prototxt. A `base_lr` of 0.0001 is
 * 0.00009999999747378752 otherwise. Rounded to 32 bits it is the same number.
 */
export function decimalOf(float: number): number {
  if (Number.isInteger(float)) return float;
  for (let digits = 6; digits <= 9; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) === float) return decimal;
  }
  return float;
}
