import { crc32 } from 'node:zlib';

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const jpegSignature = Buffer.of(0xff, 0xd8, 0xff);

/**
 * Why an image is not whole, if it is a PNG or a JPEG; undefined for all else. OpenCV reads a JPEG that is cut off,
 * with grey where it ends, and libpng prints its errors itself.
 */
export function damageOf(bytes: Uint8Array): string | undefined {
  const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (image.subarray(0, pngSignature.length).equals(pngSignature)) return damageOfPng(image);
  if (image.subarray(0, jpegSignature.length).equals(jpegSignature)) return damageOfJpeg(image);
  return undefined;
}

/** A PNG is made of chunks: length, type, data, checksum. Those with a small letter first may be wrong. */
function damageOfPng(image: Buffer): string | undefined {
  for (let at = pngSignature.length; at + 12 <= image.length;) {
    const end = at + 12 + image.readUInt32BE(at);
    const type = image.toString('latin1', at + 4, at + 8);
    if (end > image.length) break;
    const isCritical = /^[A-Z]/.test(type);
    if (isCritical && crc32(image.subarray(at + 4, end - 4)) !== image.readUInt32BE(end - 4)) {
      return `is damaged: the checksum of its ${type} is wrong`;
    }
    if (type === 'IEND') return undefined;
    at = end;
  }
  return 'is cut off';
}

/**
 * A JPEG is made of segments: a marker, a length and content, which may be a thumbnail with markers of its own. What is
 * behind the start of a scan has no length: it goes up to the next marker. Behind the end of the image may be anything:
 * phones put a film there.
 */
function damageOfJpeg(image: Buffer): string | undefined {
  let at = nextMarker(image, 2);
  while (at + 4 <= image.length && image[at + 1] !== endOfImage) {
    at = nextMarker(image, at + 2 + image.readUInt16BE(at + 2));
  }
  return image[at + 1] === endOfImage ? undefined : 'is cut off';
}

const endOfImage = 0xd9;

/** Where the next marker of a segment or of the end is. FF 00 is a byte of data; 01 and D0 to D8 have no length. */
function nextMarker(image: Buffer, from: number): number {
  for (let at = image.indexOf(0xff, from); at >= 0; at = image.indexOf(0xff, at + 1)) {
    const marker = image[at + 1] ?? 0;
    if (marker > 0x01 && marker < 0xff && !(marker >= 0xd0 && marker <= 0xd8)) return at;
  }
  return image.length;
}
