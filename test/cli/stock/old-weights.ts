/** A field of a message: bytes, fewer than 128. */
function field(number: number, bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);
}

const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);

/** One by one: num, channels, height and width of a blob before there were shapes. */
const legacyShape = (...sizes: number[]): Buffer => Buffer.from(sizes.flatMap((size, i) => [(i + 1) << 3, size]));

/** Weights as Caffe saved them in 2014: layers of V1, blobs with four sizes. The type of an inner product is 14. */
export const oldWeights = Buffer.concat([
  field(1, 'old'),
  field(
    2,
    Buffer.concat([
      field(2, 'x'),
      field(3, 'ip'),
      field(4, 'ip'),
      Buffer.from([5 << 3, 14]),
      field(6, Buffer.concat([legacyShape(1, 1, 2, 3), field(5, floats(1, 2, 3, 4, 5, 6))])),
      field(6, Buffer.concat([legacyShape(1, 1, 1, 2), field(5, floats(7, 8))])),
    ]),
  ),
]);
