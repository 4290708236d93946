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

/** After the last start of a scan there must be an end of image; a thumbnail before it has its own. */
function damageOfJpeg(image: Buffer): string | undefined {
  const [scan, end] = [image.lastIndexOf(Buffer.of(0xff, 0xda)), image.lastIndexOf(Buffer.of(0xff, 0xd9))];
  return end < scan ? 'is cut off' : undefined;
}
