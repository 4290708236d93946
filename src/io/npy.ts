import { isFloat32Array, isUint8Array } from 'node:util/types';
import { CaffeError } from '../error/caffe-error.js';
import { expectString } from '../error/argument.js';
import { writeFileAside } from '../file/aside.js';
import { readFile } from '../proto/source.js';
import { countOf, expectArray, inverseOrder, transpose, type NdArray, type Values } from './nd-array.js';

const magic = '\x93NUMPY';
const alignment = 64; // of the values in the file, as numpy pads its header

/** How one number of a type is read. The second letter of numpy's `descr` and the size in bytes name it. */
const readers: Readonly<Record<string, (view: DataView, at: number, little: boolean) => number | bigint>> = {
  b1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => view.getBigInt64(at, little),
  u8: (view, at, little) => view.getBigUint64(at, little),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

/** A 16-bit float: 1 bit of sign, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** What stands before the values. */
interface Header {
  little: boolean;
  type: string;
  fortranOrder: boolean;
  shape: number[];
  /** Where the values begin. */
  begin: number;
}

function readHeader(view: DataView, refuse: (why: string) => never): Header {
  const text = (from: number, to: number): string => {
    if (to > view.byteLength) refuse('it ends within its header');
    return Buffer.from(view.buffer, view.byteOffset + from, to - from).toString('latin1');
  };
  if (view.byteLength < 12 || text(0, 6) !== magic) refuse("it does not begin with numpy's \\x93NUMPY");
  const major = view.getUint8(6);
  const [length, start] = major === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  const header = text(start, start + length);
  const descr = /'descr':\s*'([<>=|])([a-zA-Z])(\d+)'/.exec(header);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d\sL,]*)\)/.exec(header)?.[1]; // numpy on Python 2 wrote 3L
  if (descr === null || order === undefined || sizes === undefined) {
    return refuse(`it is not an array of plain numbers: ${header.trim()}`);
  }
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const [, byteOrder = '', kind = '', size = ''] = descr;
  return { little: byteOrder !== '>', type: kind + size, fortranOrder: order === 'True', shape, begin: start + length };
}

/** The typed array that holds the numbers of a type without loss. */
function storage(type: string, count: number): Values {
  if (type === 'b1' || type === 'u1') return new Uint8Array(count);
  return type === 'f2' || type === 'f4' ? new Float32Array(count) : new Float64Array(count);
}

/**
 * Reads an array that numpy has saved (`np.save`), such as `ilsvrc_2012_mean.npy`. Both byte orders and both orders of
 * axes are read; the result is row-major.
 *
 * @returns a `Float32Array` for 16- and 32-bit floats, a `Uint8Array` for unsigned bytes and booleans, and a
 * `Float64Array` for 64-bit floats and all other integers, which it holds exactly up to 2⁵³
 * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be read; ERR_CAFFE_FORMAT if it is not such an array, is cut
 * off, or has an integer beyond 2⁵³
 */
export function readNpy(path: string): NdArray<Values> {
  const bytes = readFile(expectString(path, 'path'));
  const refuse = (why: string): never => {
    throw new CaffeError('ERR_CAFFE_FORMAT', `Cannot read this as a .npy file: ${why}`, { file: path });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { little, type, fortranOrder, shape, begin } = readHeader(view, refuse);
  const read = readers[type] ?? refuse(`its type is ${type}, and only integers, floats and booleans are read`);
  const size = Number(type.slice(1));
  const count = countOf(shape);
  if (count * size !== bytes.byteLength - begin) {
    refuse(`its shape (${shape.join(', ')}) takes ${count * size} bytes, but ${bytes.byteLength - begin} follow`);
  }
  const data = storage(type, count);
  for (let i = 0; i < count; i++) {
    const value = read(view, begin + i * size, little);
    if (typeof value === 'bigint' && BigInt(Number(value)) !== value) refuse(`a double cannot hold its ${value}`);
    data[i] = Number(value);
  }
  if (!fortranOrder) return { data, shape };
  // In the other order the first axis varies fastest: it is the row-major array of the axes turned round.
  const reversed = shape.map((_, axis) => shape.length - 1 - axis);
  return transpose({ data, shape: [...shape].reverse() }, inverseOrder(reversed));
}

/**
 * Writes an array for numpy's `np.load`: as float32, float64 or uint8, row-major. The write is atomic: the whole file
 * appears, or nothing.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if the file cannot be written
 */
export function writeNpy(path: string, array: NdArray<Values>): void {
  const { data, shape } = expectArray(array, 'array');
  const type = isUint8Array(data) ? '|u1' : isFloat32Array(data) ? '<f4' : '<f8';
  const sizes = shape.length === 1 ? `${shape.join()},` : shape.join(', ');
  const described = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = magic.length + 4;
  const padded = described.padEnd(Math.ceil((start + described.length + 1) / alignment) * alignment - start - 1);
  const header = Buffer.from(`${magic}\x01\x00..${padded}\n`, 'latin1');
  header.writeUInt16LE(padded.length + 1, magic.length + 2);
  const values = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileAside(expectString(path, 'path'), Buffer.concat([header, values]));
}
