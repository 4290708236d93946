// Caffe's data layers point their tops at memory of their own. Here that is the tops' memory: it stays where it is, and
// belongs to all who share it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { Blob, createLayer, io, Net } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { isCollected } from './garbage.js';

const items = 2;
const side = 8;
const values = items * side * side;

/** A net of one data layer. Item i has the label i, and all its values are 10 (i + 1). */
type Source = (t: ExecutionContext) => string;

const images: Source = (t) => {
  const folder = scratchFolder(t);
  const list = [0, 1, 2, 3].map((i) => {
    const image = join(folder, `${i}.pgm`);
    const head = Buffer.from(`P5 ${side} ${side} 255\n`);
    writeFileSync(image, Buffer.concat([head, Buffer.alloc(side * side, 10 * (i + 1))]));
    return `${image} ${i}\n`;
  });
  writeFileSync(join(folder, 'list.txt'), list.join(''));
  return `layer { name: "in" type: "ImageData" top: "data" top: "label"
    image_data_param { source: "${join(folder, 'list.txt')}" batch_size: ${items} is_color: false } }`;
};

const records: Source = (t) => {
  const path = join(scratchFolder(t), 'lmdb');
  const database = io.Database.create(path);
  for (let i = 0; i < 4; i++) {
    const data = new Uint8Array(side * side).fill(10 * (i + 1));
    database.put(String(i), io.arrayToDatum({ shape: [1, side, side], data }, i));
  }
  database.close();
  return `layer { name: "in" type: "Data" top: "data" top: "label"
    data_param { source: "${path}" backend: LMDB batch_size: ${items} } }`;
};

const arrays: Source = () => `layer { name: "in" type: "MemoryData" top: "data" top: "label"
  memory_data_param { batch_size: ${items} channels: 1 height: ${side} width: ${side} } }`;

function open(text: string): Net {
  const net = new Net({ text }, 'train');
  if (text.includes('MemoryData')) {
    net.setInputArrays(
      Float32Array.from({ length: 2 * values }, (_, i) => 10 * (Math.floor(i / (side * side)) + 1)),
      [0, 1, 2, 3],
    );
  }
  return net;
}

/** What a batch that begins with item `first` holds. */
const batch = (first: number): number[] =>
  Array.from({ length: values }, (_, i) => 10 * (first + Math.floor(i / (side * side)) + 1));

/** Uses what has been freed for something else. */
function reuseMemory(): Blob[] {
  return Array.from({ length: 200 }, () => {
    const blob = new Blob(items, side, side);
    const labels = new Blob(items);
    for (const used of [blob, labels]) used.data.fill(-1);
    return [blob, labels];
  }).flat();
}

for (const [type, source] of Object.entries({ ImageData: images, Data: records, MemoryData: arrays })) {
  test(`${type}: what forward gave is still there when the net has been collected`, async (t) => {
    const text = source(t);
    const run = (): [Record<string, Float32Array>, WeakRef<Net>] => {
      const net = open(text);
      return [net.forward(), new WeakRef(net)];
    };
    const [{ data, label }, net] = run();
    t.true(await isCollected(net));
    reuseMemory();
    t.deepEqual([...label], [0, 1]);
    t.deepEqual([...data], batch(0));
  });

  test(`${type}: a blob that shares a top has each batch, and the last one when the net has been disposed`, (t) => {
    const net = open(source(t));
    const other = new Blob(items, 1, side, side);
    other.shareData(net.blobs['data']);
    net.forward();
    t.deepEqual([...other.data], batch(0));
    net.forward();
    t.deepEqual([...other.data], batch(2));
    net.dispose();
    reuseMemory();
    t.deepEqual([...other.data], batch(2));
  });

  test(`${type}: a layer outside of nets may have a top as its bottom, and keeps what it shares`, (t) => {
    const net = open(source(t));
    net.forward();
    const top = [new Blob()];
    const bottom = [net.blobs['data']];
    const flatten = createLayer({ type: 'Flatten' });
    flatten.setup(bottom, top);
    flatten.forward(bottom, top);
    net.dispose();
    reuseMemory();
    t.deepEqual([...top[0].data], batch(0));
  });

  test(`${type}: a top keeps its array, also the one that was there before the first batch`, async (t) => {
    using net = open(source(t));
    const { data } = net.blobs['data'];
    await net.forwardAsync();
    t.is(net.blobs['data'].data, data);
    t.deepEqual([...data], batch(0));
    net.forward();
    t.is(net.blobs['data'].data, data);
    t.deepEqual([...data], batch(2));
  });
}

test('a data layer outside of nets copies its batches into the tops it was given', (t) => {
  const folder = scratchFolder(t);
  const image = join(folder, 'image.pgm');
  writeFileSync(image, Buffer.concat([Buffer.from('P5 2 1 255\n'), Buffer.from([3, 4])]));
  writeFileSync(join(folder, 'list.txt'), `${image} 7\n`);
  const layer = createLayer({
    type: 'ImageData',
    imageDataParam: { source: join(folder, 'list.txt'), batchSize: 1, isColor: false },
  });
  const top = [new Blob(), new Blob()];
  layer.setup([], top);
  layer.forward([], top);
  layer.dispose();
  reuseMemory();
  t.deepEqual([...top[0].data], [3, 4]);
  t.deepEqual([...top[1].data], [7]);
});

test('a batch of another shape gives the top other memory, and the array of before has length 0', (t) => {
  const folder = scratchFolder(t);
  const list = [1, 3, 2].map((width) => {
    const image = join(folder, `${width}.pgm`);
    writeFileSync(image, Buffer.concat([Buffer.from(`P5 ${width} 1 255\n`), Buffer.alloc(width, width)]));
    return `${image} ${width}\n`;
  });
  writeFileSync(join(folder, 'list.txt'), list.join(''));
  const text = `layer { name: "in" type: "ImageData" top: "data" top: "label"
    image_data_param { source: "${join(folder, 'list.txt')}" batch_size: 1 is_color: false } }`;
  using net = new Net({ text }, 'train');
  for (const width of [1, 3, 2, 1, 3]) {
    const { data } = net.blobs['data'];
    net.forward();
    t.deepEqual([...net.blobs['data'].data], Array<number>(width).fill(width));
    t.is(net.blobs['data'].diff.length, width);
    if (net.blobs['data'].data !== data) t.is(data.length, 0);
  }
});

test('a MemoryData layer that fails for want of arrays reads them once they are there', (t) => {
  using net = new Net({ text: arrays(t) }, 'train');
  const { data } = net.blobs['data'];
  t.throws(() => net.forward(), { code: 'ERR_CAFFE_CHECK' });
  net.setInputArrays(batch(0), [0, 1]);
  net.forward();
  t.deepEqual([...net.blobs['data'].data], batch(0));
  t.is(data.length === 0 || data === net.blobs['data'].data, true);
});
