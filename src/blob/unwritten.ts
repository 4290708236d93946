/**
 * Floats that hold whatever was in their memory, for results of which every value is then written. Zeroing 2 MB first
 * takes longer than copying them.
 *
 * @internal
 */
export function unwrittenFloats(count: number): Float32Array {
  return new Float32Array(Buffer.allocUnsafeSlow(count * Float32Array.BYTES_PER_ELEMENT).buffer, 0, count);
}
