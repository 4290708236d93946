// Files that libraries under Caffe believe: LMDB maps its file and follows what is written in it, HDF5 keeps what it has opened.
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
          { instanceOf: CaffeError, code: 'ERR_CAFFE_CHECK', message: /LMDB is damaged|MDB_/ },
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
