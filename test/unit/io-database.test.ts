import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { CaffeError, io, Net } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const backends = ['lmdb', 'leveldb'] as const;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const keys = (database: io.Database): string[] => [...database].map(([key]) => key);

function scratchDatabase(t: ExecutionContext, backend: io.DatabaseBackend, count: number): string {
  const path = join(scratchFolder(t), 'database');
  using database = io.Database.create(path, { backend });
  for (let i = 0; i < count; i++) database.put(String(i).padStart(3, '0'), bytes(i));
  database.close();
  return path;
}

for (const backend of backends) {
  test(`${backend}: what is written is read, in the order of its keys`, (t) => {
    const path = join(scratchFolder(t), 'database');
    using written = io.Database.create(path, { backend });
    written.put('b', bytes(2, 2));
    written.put('c', bytes());
    written.put('ä', bytes(4));
    written.commit();
    written.put('a', bytes(1));
    written.put('b', bytes(3));
    t.false(existsSync(path), 'it is not in its place before it is whole');
    written.close();
    written.close();
    using read = io.Database.open(path);
    t.is(read.backend, backend);
    t.is(read.count(), 4);
    t.deepEqual(
      [...read],
      [
        ['a', bytes(1)],
        ['b', bytes(3)],
        ['c', bytes()],
        ['ä', bytes(4)],
      ],
    );
    t.deepEqual(readdirSync(join(path, '..')), ['database'], 'nothing else is left');
  });

  test(`${backend}: several iterations go on at the same time, and one that is left early ends`, (t) => {
    using database = io.Database.open(scratchDatabase(t, backend, 3));
    const pairs: string[] = [];
    for (const [a] of database) for (const [b] of database) pairs.push(`${a} ${b}`);
    t.is(pairs.length, 9);
    t.deepEqual(pairs.slice(0, 4), ['000 000', '000 001', '000 002', '001 000']);
    for (const [key] of database) if (key === '001') break;
    t.deepEqual(keys(database), ['000', '001', '002']);
  });

  test(`${backend}: append adds records and replaces them; what was not committed is dropped`, (t) => {
    const path = scratchDatabase(t, backend, 2);
    {
      using database = io.Database.append(path);
      database.put('001', bytes(11));
      database.put('002', bytes(12));
      database.commit();
      database.put('003', bytes(13));
    }
    {
      using database = io.Database.open(path);
      t.deepEqual(
        [...database],
        [
          ['000', bytes(0)],
          ['001', bytes(11)],
          ['002', bytes(12)],
        ],
      );
    }
    using database = io.Database.append(path, { backend });
    database.put('003', bytes(13));
    database.close();
    using read = io.Database.open(path);
    t.deepEqual(keys(read), ['000', '001', '002', '003']);
  });

  test(`${backend}: a block that is left by an error leaves nothing behind`, (t) => {
    const folder = scratchFolder(t);
    t.throws(
      () => {
        using database = io.Database.create(join(folder, 'database'), { backend });
        database.put('a', bytes(1));
        database.commit();
        throw new Error('no more images');
      },
      { message: 'no more images' },
    );
    t.deepEqual(readdirSync(folder), []);
  });

  test(`${backend}: a Data layer reads it`, (t) => {
    const path = join(scratchFolder(t), 'database');
    using database = io.Database.create(path, { backend });
    database.put('0', io.arrayToDatum({ data: bytes(1, 2), shape: [1, 1, 2] }, 5));
    database.put('1', io.arrayToDatum({ data: Float32Array.of(0.5, -3), shape: [1, 1, 2] }, 6));
    database.close();
    const text = `layer { name: "data" type: "Data" top: "data" top: "label"
      data_param { source: "${path}" backend: ${backend.toUpperCase()} batch_size: 2 } }`;
    using net = new Net({ text }, 'test');
    const { data, label } = net.forward();
    t.deepEqual([...data], [1, 2, 0.5, -3]);
    t.deepEqual([...label], [5, 6]);
  });

  test(`${backend}: a closed database says so`, (t) => {
    const database = io.Database.open(scratchDatabase(t, backend, 2));
    const iteration = database[Symbol.iterator]();
    t.deepEqual(iteration.next().value, ['000', bytes(0)]);
    database.close();
    database.close();
    t.throws(() => iteration.next(), { instanceOf: CaffeError, code: 'ERR_CAFFE_DISPOSED' });
    t.throws(() => [...database], { instanceOf: CaffeError, code: 'ERR_CAFFE_DISPOSED' });
    t.throws(
      () => {
        database.put('a', bytes(1));
      },
      { instanceOf: CaffeError, code: 'ERR_CAFFE_DISPOSED' },
    );
  });

  test(`${backend}: a database that is there already is not overwritten`, (t) => {
    const path = scratchDatabase(t, backend, 1);
    t.throws(() => io.Database.create(path, { backend }), { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE' });
    t.throws(() => io.Database.open(path, { backend: backend === 'lmdb' ? 'leveldb' : 'lmdb' }), {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_FILE',
      message: new RegExp(`is a database of backend ${backend}`),
    });
  });

  test(`${backend}: what comes to its place first stays, and the new one goes`, (t) => {
    const folder = scratchFolder(t);
    const path = join(folder, 'database');
    using database = io.Database.create(path, { backend });
    database.put('a', bytes(1));
    mkdirSync(path);
    writeFileSync(join(path, 'file'), 'first');
    t.throws(
      () => {
        database.close();
      },
      { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE', message: /is there already; remove it first$/ },
    );
    t.deepEqual(readdirSync(folder), ['database']);
    t.deepEqual(readdirSync(path), ['file']);
  });

  test(`${backend}: files that are no database are an error`, (t) => {
    const path = scratchFolder(t);
    writeFileSync(join(path, backend === 'lmdb' ? 'data.mdb' : 'CURRENT'), 'no database');
    const error = t.throws(() => io.Database.open(path), { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE' });
    t.is(error.file, path);
  });

  test(`${backend}: a folder that is not there cannot take a database`, (t) => {
    const path = join(scratchFolder(t), 'missing', 'database');
    const error = t.throws(() => io.Database.create(path, { backend }), {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_FILE',
    });
    t.is(error.file, path);
  });
}

test('what is no database cannot be opened', (t) => {
  const folder = scratchFolder(t);
  for (const open of ['open', 'append'] as const) {
    t.throws(() => io.Database[open](join(folder, 'none')), {
      instanceOf: CaffeError,
      code: 'ERR_CAFFE_FILE',
      message: /none: there is no such database/,
    });
    t.throws(() => io.Database[open](folder), { instanceOf: CaffeError, message: /neither LMDB nor LevelDB/ });
  }
  t.throws(() => io.Database.create(join(folder, 'a'), { backend: 'sqlite' as never }), { instanceOf: TypeError });
  t.deepEqual(readdirSync(folder), []);
});

test('keys and values are checked before they are written', (t) => {
  using database = io.Database.create(join(scratchFolder(t), 'database'));
  const put = (key: unknown, value: unknown) => () => {
    database.put(key as never, value as never);
  };
  t.throws(put('', bytes(1)), { instanceOf: RangeError, message: /1 to 511 bytes/ });
  t.throws(put('ä'.repeat(256), bytes(1)), { instanceOf: RangeError, message: /512/ });
  t.throws(put(1, bytes(1)), { instanceOf: TypeError, message: /key/ });
  t.throws(put('a', 'text'), { instanceOf: TypeError, message: /value/ });
});

test('many records and a map that must grow: LMDB holds 40 MB', (t) => {
  const path = join(scratchFolder(t), 'database');
  using written = io.Database.create(path);
  const value = new Uint8Array(1 << 20);
  for (let i = 0; i < 40; i++) {
    value.fill(i);
    written.put(String(i).padStart(3, '0'), value);
    if (i % 10 === 9) written.commit();
  }
  written.close();
  using read = io.Database.open(path);
  let count = 0;
  for (const [key, record] of read) {
    t.is(key, String(count).padStart(3, '0'));
    t.true(record.length === 1 << 20 && record[0] === count && record.at(-1) === count);
    count++;
  }
  t.is(count, 40);
});
