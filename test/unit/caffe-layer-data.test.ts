import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Blob, CaffeError, createLayer, Net, onLog } from 'tscaffe';

test("a data layer outside of a net fails with its reading thread's message, once and again, and can be disposed", (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-layer-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  t.teardown(onLog(() => undefined)); // Caffe logs the missing image as well
  // The first image is looked at by setup, the second by the thread.
  const [image, list] = [join(folder, 'white.pgm'), join(folder, 'list.txt')];
  writeFileSync(image, Buffer.concat([Buffer.from('P5 4 4 255\n'), Buffer.alloc(16, 255)]));
  writeFileSync(list, `${image} 1\n${join(folder, 'missing.png')} 2\n`);
  const layer = createLayer({
    type: 'ImageData',
    name: 'images',
    imageDataParam: { source: list, batchSize: 2, isColor: false },
  });
  const top = [new Blob(), new Blob()];
  const failure = {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FILE',
    message: /Could not load .*missing\.png/,
  } as const;
  t.throws(() => {
    layer.setup([], top);
    layer.forward([], top);
  }, failure);
  t.throws(() => layer.forward([], top), failure);
  layer.dispose();
});

test('a data layer outside of a net reads batch after batch', (t) => {
  const layer = createLayer({
    type: 'DummyData',
    dummyDataParam: { shape: { dim: [2, 3] }, dataFiller: { type: 'constant', value: 4 } },
  });
  const top = [new Blob()];
  layer.setup([], top);
  layer.forward([], top);
  t.deepEqual([...top[0].data], [4, 4, 4, 4, 4, 4]);
});

test('a data layer whose thread reads batches cannot be set up again, in a net or outside of nets', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-layer-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const [image, list] = [join(folder, 'white.pgm'), join(folder, 'list.txt')];
  writeFileSync(image, Buffer.concat([Buffer.from('P5 4 4 255\n'), Buffer.alloc(16, 255)]));
  writeFileSync(list, `${image} 1\n`);
  const refused = { instanceOf: CaffeError, code: 'ERR_CAFFE_LAYER', message: /a thread reads batches for this layer/ };
  const layer = createLayer({ type: 'ImageData', imageDataParam: { source: list, batchSize: 1 } });
  const top = [new Blob(), new Blob()];
  layer.setup([], top);
  t.throws(() => {
    layer.setup([], top);
  }, refused);
  layer.forward([], top);
  t.deepEqual([...top[1].data], [1]);
  layer.dispose();
  const text = `layer { name: "images" type: "ImageData" top: "data" top: "label"
    image_data_param { source: "${list}" batch_size: 1 } }`;
  const net = new Net({ text }, 'test');
  t.throws(() => {
    net.layerDict['images']?.setup();
  }, refused);
  t.deepEqual([...net.forward()['label']], [1]);
  net.dispose();
});
