// Data that libraries under Caffe believe: LMDB maps its file and follows what is written in it, a Data layer reads as
// many values as a Datum says.
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { CaffeError, io, Net } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { goodNet } from './good-net.js';

/** 100 records of 2000 bytes, each on a page of its own. */
function makeLmdb(folder: string): string {
  const path = join(folder, 'lmdb');
  using database = io.Database.create(path);
  for (let i = 0; i < 100; i++) {
    const array = { data: new Uint8Array(2000).fill(i), shape: [1, 20, 100] };
    database.put(String(i).padStart(3, '0'), io.arrayToDatum(array, i));
  }
  database.close();
  return path;
}

const damages: { damage: string; make: (path: string) => void }[] = [
  {
    damage: 'that was cut off',
    make: (path) => {
      truncateSync(path, 3 * 4096);
    },
  },
  {
    damage: 'whose pages point anywhere',
    make: (path) => {
      const bytes = readFileSync(path);
      // Behind the two pages of the head, each page's own head of 16 bytes stays.
      for (let page = 2 * 4096; page < bytes.length; page += 4096) bytes.fill(0xf7, page + 16, page + 4096);
      writeFileSync(path, bytes);
    },
  },
];

const uses: { use: string; run: (path: string) => void }[] = [
  {
    use: 'is read',
    run: (path) => {
      using database = io.Database.open(path);
      Array.from(database);
    },
  },
  {
    use: 'is added to',
    run: (path) => {
      using database = io.Database.append(path);
      database.put('050', new Uint8Array(3000));
      database.close();
    },
  },
  {
    use: 'feeds a Data layer',
    run: (path) => {
      const text = `layer { name: "data" type: "Data" top: "data" data_param { source: "${path}" backend: LMDB batch_size: 30 } }`;
      using net = new Net({ text }, 'test');
      for (let i = 0; i < 4; i++) net.forward();
    },
  },
];

for (const { damage, make } of damages) {
  for (const { use, run } of uses) {
    test(`an LMDB ${damage} is an error when it ${use}, twice`, (t) => {
      const path = makeLmdb(scratchFolder(t));
      make(join(path, 'data.mdb'));
      for (let i = 0; i < 2; i++) {
        t.throws(
          () => {
            run(path);
          },
          { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE', message: /LMDB is damaged|MDB_/ },
        );
      }
      using good = new Net({ text: goodNet }, 'train');
      t.notThrows(() => good.forward());
    });
  }
}

test('an HDF5 file that could not be loaded is read anew when it has been mended', (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'weights.h5');
  const withOutputs = (count: number): Net => {
    const text = `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
      layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: ${count} } }`;
    return new Net({ text }, 'test');
  };
  using other = withOutputs(2);
  using net = withOutputs(3);
  other.saveHDF5(path);
  net.saveHDF5(join(folder, 'good.h5'));
  t.throws(
    () => {
      net.loadHDF5(path);
    },
    { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK' },
  );
  // In place, as a copy does it: the file is the same one to the system.
  copyFileSync(join(folder, 'good.h5'), path);
  t.notThrows(() => {
    net.loadHDF5(path);
  });
});

function windowNet(folder: string, window: string, fraction: number, pad = 0): Net {
  // The list's fields end at blanks, and the repository may lie in a folder with one.
  const image = join(folder, 'color.jpg');
  copyFileSync(fileURLToPath(new URL('../parity/io/images/color.jpg', import.meta.url)), image);
  const list = join(folder, 'windows.txt');
  writeFileSync(list, `# 0\n${image}\n3\n16\n16\n2\n1 0.9 ${window}\n0 0.1 ${window}\n`);
  const text = `layer { name: "windows" type: "WindowData" top: "data" top: "label" transform_param { crop_size: 4 }
    window_data_param { source: "${list}" batch_size: 4 fg_fraction: ${fraction} context_pad: ${pad} } }`;
  return new Net({ text }, 'train');
}

test('an exception on a thread that reads windows is the error of the forward that waits', (t) => {
  const folder = scratchFolder(t);
  using good = windowNet(folder, '1 1 9 9', 0.25);
  t.notThrows(() => good.forward());
  // A window that ends before it begins: OpenCV throws.
  using net = windowNet(folder, '9 9 1 1', 0.25);
  for (let i = 0; i < 2; i++) {
    t.throws(() => net.forward(), {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_CHECK',
      message: /OpenCV.*on the thread/s,
    });
  }
});

test('more foreground windows than a batch holds are refused, instead of written behind its memory', (t) => {
  t.throws(() => windowNet(scratchFolder(t), '1 1 9 9', 3), {
    instanceOf: CaffeError,
    message: /fg_fraction must be from 0 to 1/,
  });
});

test('a context that leaves nothing of the crop to the window is refused, instead of divided by', (t) => {
  using net = windowNet(scratchFolder(t), '1 1 9 9', 0.25, 1);
  t.notThrows(() => net.forward());
  t.throws(() => windowNet(scratchFolder(t), '1 1 9 9', 0.25, 2), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_LAYER',
    message: /context_pad must be less than half of crop_size, but is 2 of 4/,
  });
});

for (const [what, text, message] of [
  ['one channel', 'color.jpg\n1\n16\n16\n1\n1 0.9 1 1 9 9\n', /image 0 \(color\.jpg\): expected 3 channels.* says 1/],
  ['no more after the path', 'color.jpg\n', /image 0 \(color\.jpg\): expected a path, then channels, height, width/],
  ['fewer windows than it says', 'color.jpg\n3\n16\n16\n2\n1 0.9 1 1 9 9\n', /image 0 .*: expected 2 windows/],
  [
    'a number beyond the last',
    'color.jpg\n3\n16\n16\n0\n# 2\ncolor.jpg\n3\n16\n16\n0\n',
    /has 2 images, .* one says # 2/,
  ],
] as const) {
  test(`a list of windows whose image has ${what} is refused, instead of written or read beyond memory`, (t) => {
    const list = join(scratchFolder(t), 'windows.txt');
    writeFileSync(list, `# 0\n${text}`);
    const layer = `layer { name: "windows" type: "WindowData" top: "data" top: "label" transform_param { crop_size: 4 }
      window_data_param { source: "${list}" batch_size: 4 } }`;
    const error = t.throws(() => new Net({ text: layer }, 'train'), { instanceOf: CaffeError, message });
    t.like(error, { code: 'ERR_CAFFE_FORMAT', layer: 'windows' });
  });
}

for (const backend of ['lmdb', 'leveldb'] as const) {
  test(`a record of a ${backend} with fewer values than it says is the error of the forward that waits`, (t) => {
    const path = join(scratchFolder(t), backend);
    using database = io.Database.create(path, { backend });
    const datum = io.arrayToDatum({ data: new Uint8Array(12), shape: [3, 2, 2] });
    database.put('0', datum);
    database.put('1', datum);
    // Field 4, the bytes, is 2 + 12 bytes long: the sizes stay.
    database.put('2', datum.subarray(0, datum.length - 14));
    database.close();
    const param = `source: "${path}" backend: ${backend.toUpperCase()} batch_size: 1 prefetch: 1`;
    using net = new Net({ text: `layer { name: "data" type: "Data" top: "data" data_param { ${param} } }` }, 'test');
    const error = t.throws(() => {
      for (let i = 0; i < 4; i++) net.forward();
    });
    t.regex(error?.message ?? '', /\(0 vs. 12\) the record "2" holds fewer values/);
  });
}

for (const prefetch of [0, 2 ** 32 - 1]) {
  test(`${prefetch} batches to prefetch are refused`, (t) => {
    const path = makeLmdb(scratchFolder(t));
    const param = `source: "${path}" backend: LMDB batch_size: 1 prefetch: ${prefetch}`;
    const text = `layer { name: "data" type: "Data" top: "data" data_param { ${param} } }`;
    t.throws(() => new Net({ text }, 'test'), { instanceOf: CaffeError, message: /prefetch must be from 1 to 1000/ });
  });
}
