import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { CaffeError, io } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

// What np.save of numpy 1.19 wrote: the header after {'descr': ..., padded with spaces to 128 bytes, then the values.
const saved = (descr: string, fortran: string, shape: string, values: string): Buffer => {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }`.padEnd(117);
  return Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00v\x00${header}\n`, 'latin1'), Buffer.from(values, 'hex')]);
};

for (const { what, bytes, type, data, shape } of [
  {
    what: 'floats',
    bytes: saved('<f4', 'False', '3, 2', '0000c03f000000c000004040f9021551cdcccc3d0000e040'),
    type: Float32Array,
    data: [1.5, -2, 3, 4e10, Math.fround(0.1), 7],
    shape: [3, 2],
  },
  {
    what: 'doubles, big-endian',
    bytes: saved('>f8', 'False', '2,', '3ff4000000000000fe51eb2d66005835'),
    type: Float64Array,
    data: [1.25, -3e300],
    shape: [2],
  },
  {
    what: 'integers, big-endian',
    bytes: saved('>i4', 'False', '3,', '000000000000000100000002'),
    type: Float64Array,
    data: [0, 1, 2],
    shape: [3],
  },
  {
    what: '64-bit integers',
    bytes: saved('<i8', 'False', '2, 2', '0100000000000000feffffffffffffff03000000000000000000000000002000'),
    type: Float64Array,
    data: [1, -2, 3, 2 ** 53],
    shape: [2, 2],
  },
  {
    what: '16-bit floats',
    bytes: saved('<f2', 'False', '4,', '003e00b4ff7b0100'),
    type: Float32Array,
    data: [1.5, -0.25, 65504, 2 ** -24],
    shape: [4],
  },
  {
    what: 'bytes',
    bytes: saved('|u1', 'False', '1, 2, 3', '000102030405'),
    type: Uint8Array,
    data: [0, 1, 2, 3, 4, 5],
    shape: [1, 2, 3],
  },
  {
    what: 'booleans',
    bytes: saved('|b1', 'False', '2,', '0100'),
    type: Uint8Array,
    data: [1, 0],
    shape: [2],
  },
  {
    what: 'Fortran’s order',
    bytes: saved(
      '<f4',
      'True',
      '2, 3, 4',
      '00000000000040410000804000008041000000410000a0410000803f000050410000a04000008841000010410000a84100000040000060410000c04000009041000020410000b04100004040000070410000e04000009841000030410000b841',
    ),
    type: Float32Array,
    data: Array.from({ length: 24 }, (_, i) => i),
    shape: [2, 3, 4],
  },
  {
    what: 'a scalar',
    bytes: saved('<f8', 'False', '', '0000000000000440'),
    type: Float64Array,
    data: [2.5],
    shape: [],
  },
] as { what: string; bytes: Buffer; type: typeof Float32Array; data: number[]; shape: number[] }[]) {
  test(`readNpy reads ${what}`, (t) => {
    const path = join(scratchFolder(t), 'array.npy');
    writeFileSync(path, bytes);
    const array = io.readNpy(path);
    t.true(array.data instanceof type);
    t.deepEqual([...array.data], data);
    t.deepEqual(array.shape, shape);
  });
}

test('writeNpy writes the bytes of np.save, and readNpy reads them', (t) => {
  const path = join(scratchFolder(t), 'array.npy');
  for (const { array, bytes } of [
    {
      array: { data: Float32Array.of(1.5, -2), shape: [2, 1] },
      bytes: saved('<f4', 'False', '2, 1', '0000c03f000000c0'),
    },
    { array: { data: Float64Array.of(2.5), shape: [] }, bytes: saved('<f8', 'False', '', '0000000000000440') },
    { array: { data: Uint8Array.of(1, 2, 3), shape: [3] }, bytes: saved('|u1', 'False', '3,', '010203') },
  ]) {
    io.writeNpy(path, array);
    t.deepEqual(readFileSync(path), bytes);
    t.deepEqual(io.readNpy(path), array);
  }
});

const good = saved('<f4', 'False', '2,', '0000c03f000000c0');
for (const { what, bytes, message } of [
  { what: 'another file', bytes: Buffer.from('layer { name: "data" }'), message: /does not begin with numpy/ },
  { what: 'an empty file', bytes: Buffer.alloc(0), message: /does not begin with numpy/ },
  { what: 'a file that ends in its header', bytes: good.subarray(0, 40), message: /ends within its header/ },
  { what: 'a file that is cut off', bytes: good.subarray(0, -1), message: /\(2\) takes 8 bytes, but 7 follow/ },
  { what: 'more than the shape', bytes: Buffer.concat([good, good]), message: /takes 8 bytes, but 144 follow/ },
  { what: 'complex numbers', bytes: saved('<c8', 'False', '', '0000000000000000'), message: /type is c8/ },
  { what: 'objects', bytes: saved('|O', 'False', '', ''), message: /not an array of plain numbers/ },
  {
    what: 'a huge integer',
    bytes: saved('<i8', 'False', '', '0100000000002000'),
    message: /hold its 9007199254740993/,
  },
]) {
  test(`readNpy refuses ${what}`, (t) => {
    const path = join(scratchFolder(t), 'array.npy');
    writeFileSync(path, bytes);
    const error = t.throws(() => io.readNpy(path), { instanceOf: CaffeError, code: 'ERR_CAFFE_FORMAT', message });
    t.is(error.file, path);
  });
}

test('readNpy of a file that is not there is an ERR_CAFFE_FILE', (t) => {
  t.throws(() => io.readNpy(join(scratchFolder(t), 'none.npy')), { code: 'ERR_CAFFE_FILE' });
});
