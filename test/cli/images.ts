import { crc32, deflateSync } from 'node:zlib';

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** PNG's numbers for grey, RGB, and RGB with alpha. */
const colorTypes: Record<number, number> = { 1: 0, 3: 2, 4: 6 };

/** A PNG file whose bytes are the same everywhere: nothing in it is compressed. Pixels are H·W·K. */
export function png(pixels: Uint8Array, [height, width, channels]: [number, number, number]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorTypes[channels]], 8);
  const row = width * channels;
  const rows = Array.from({ length: height }, (_, y) => [0, ...pixels.subarray(y * row, (y + 1) * row)]).flat();
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Uint8Array.from(rows), { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A grey PNG of 2 x 3, all of one value. */
export function plain(value: number): Buffer {
  return png(new Uint8Array(6).fill(value), [2, 3, 1]);
}
