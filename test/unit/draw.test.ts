import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { CaffeError, draw, layers, NetSpec } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';

const lenet = 'examples/mnist/lenet_train_test.prototxt';
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function prototxts(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.prototxt') && !name.includes('solver'))
    .map((name) => join(folder, name));
}

// pycaffe's test_draw_net.
test('test_draw_net: every prototxt of the examples and tests draws', async (t) => {
  const files = [...prototxts('examples'), ...prototxts('test/parity')];
  t.true(files.length >= 3, files.join(', '));
  for (const file of files) {
    const svg = text(await draw.drawNet(file, { format: 'svg' }));
    const nodes = [...svg.matchAll(/<g id="node\d+"/g)].length;
    const edges = [...svg.matchAll(/<g id="edge\d+"/g)].length;
    const dot = draw.getDotGraph(file);
    t.true(nodes > 0, file);
    t.is(edges, new Set([...dot.matchAll(/^(.* -> .*) \[label=/gm)].map(([, arrow]) => arrow)).size, file);
  }
});

test('an SVG shows each layer, its type and its kernel, a line each', async (t) => {
  const svg = text(await draw.drawNet(lenet, { format: 'svg' }));
  for (const shown of ['>conv1<', '>(Convolution)<', '>kernel size: 5<', '>(Pooling MAX)<', '>ip1<', '>500<']) {
    t.true(svg.includes(shown), shown);
  }
  t.true(svg.toLowerCase().includes('#ff5050'));
});

test('each text is inside of its box, in the font that this machine has in the place of Helvetica', async (t) => {
  const widthOf = async (shown: string, size: string): Promise<number> =>
    (await sharp({ text: { text: shown, font: `Helvetica ${size}`, dpi: 72 } }).metadata()).width;
  const layer = ['wwmmwwmmww', 'l'].map((name) => ({ name, type: 'SoftmaxWithLoss', bottom: ['data'], top: ['x'] }));
  for (const rankdir of ['LR', 'TB'] as const) {
    const svg = text(await draw.drawNet({ layer }, { format: 'svg', rankdir }));
    const boxes = [...svg.matchAll(/<polygon fill="#6495ed"[^>]* points="([^"]*)"[^]*?<\/g>/g)];
    t.is(boxes.length, 2);
    for (const [box, points] of boxes) {
      const xs = points.split(' ').map((point) => Number(point.split(',')[0]));
      for (const [, size, shown] of box.matchAll(/font-size="([\d.]+)">([^<]*)</g)) {
        const inside = Math.max(...xs) - Math.min(...xs);
        const width = await widthOf(shown, size);
        t.true(width < inside, `${shown}: ${width} of ${inside} points`);
      }
    }
  }
});

test('layers of the same name, type and tops share their arrows in a picture, with the labels of all', async (t) => {
  const svg = text(await draw.drawNet(lenet, { format: 'svg' }));
  const arrows = [...svg.matchAll(/<title>([^<]*)&#45;&gt;([^<]*)<\/title>/g)].map(([title]) => title);
  t.is(arrows.length, new Set(arrows).size);
  t.is([...svg.matchAll(/>Batch 64</g)].length, 2);
  t.is([...svg.matchAll(/>Batch 100</g)].length, 2);
});

test('a PNG has 96 dots an inch', async (t) => {
  const svg = text(await draw.drawNet(lenet, { format: 'svg', rankdir: 'TB' }));
  const [, width, height] = /width="(\d+)pt" height="(\d+)pt"/.exec(svg) ?? [];
  const png = await sharp(await draw.drawNet(lenet, { rankdir: 'TB' })).metadata();
  t.is(png.format, 'png');
  t.true(Math.abs(png.width - (Number(width) * 96) / 72) <= 1, `${png.width} pixels for ${width} points`);
  t.true(Math.abs(png.height - (Number(height) * 96) / 72) <= 1);
  t.true(png.height > png.width);
});

test('a net too long for a PNG at 96 dots an inch is drawn smaller', async (t) => {
  let top = layers.Input({ shape: { dim: [1, 1, 8, 8] } });
  for (let i = 0; i < 220; i++) top = layers.Convolution(top, { numOutput: 1, kernelSize: 1 });
  const png = await sharp(await draw.drawNet(top), { limitInputPixels: false }).metadata();
  t.true(png.width > 30000 && png.width <= 32767, `${png.width}`);
});

test('drawNetToFile writes what the ending of the name says', async (t) => {
  const folder = scratchFolder(t);
  for (const [ending, beginning] of [
    ['svg', '<?xml'],
    ['png', '\u{fffd}PNG'],
    ['dot', 'digraph LeNet {'],
    ['raw', 'digraph LeNet {'],
  ]) {
    const file = join(folder, `lenet.${ending}`);
    await draw.drawNetToFile(lenet, file, { phase: 'test', labelEdges: false });
    t.true(readFileSync(file, 'utf8').startsWith(beginning), ending);
    t.true(statSync(file).size > 1000);
  }
  t.is(readFileSync(join(folder, 'lenet.raw'), 'utf8'), draw.getDotGraph(lenet, { phase: 'test', labelEdges: false }));
  await t.throwsAsync(draw.drawNetToFile(lenet, join(folder, 'lenet.bmp')), {
    instanceOf: RangeError,
    message: /\.svg, \.png, \.dot/,
  });
  t.is(readdirSync(folder).length, 4);
});

test('a NetSpec, an object and an old prototxt draw as well', (t) => {
  const n = new NetSpec();
  n['data'] = layers.Input({ shape: { dim: [1, 2] } });
  n['ip'] = layers.InnerProduct(n['data'], { numOutput: 3 });
  const dot = draw.getDotGraph(n);
  t.true(dot.includes('"data\\n(Input)" -> data'));
  t.true(dot.includes('"ip\\n(InnerProduct)" -> ip [label=3]'));
  t.is(draw.getDotGraph(n.toProto()), dot);
  const old = `layers { name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip" inner_product_param { num_output: 3 } }`;
  // pycaffe draws nothing of old formats.
  t.true(draw.getDotGraph({ text: old }).includes('"ip\\n(InnerProduct)" -> ip [label=3]'));
});

test('a rule that says no phase admits both, as one for a stage', (t) => {
  const net = `
    layer { name: "a" type: "ReLU" bottom: "x" top: "a" include { stage: "deploy" } }
    layer { name: "b" type: "ReLU" bottom: "x" top: "b" include { phase: TEST stage: "deploy" } }
    layer { name: "c" type: "ReLU" bottom: "x" top: "c" exclude { stage: "deploy" } }`;
  const drawn = (phase: 'train' | 'test'): string[] =>
    ['a', 'b', 'c'].filter((name) => draw.getDotGraph({ text: net }, { phase }).includes(`"${name}\\n(ReLU)"`));
  t.deepEqual(drawn('train'), ['a', 'c']);
  t.deepEqual(drawn('test'), ['a', 'b', 'c']);
});

test('names with quotes, backslashes, brackets, colons and words of DOT come out as they are', async (t) => {
  const names = ['say "x"', 'back\\slash', '{a|b}<c>', 'scope:0', 'node', '7a', 'ä'];
  const layer = names.map((name) => ({ name, type: 'ReLU', bottom: ['data'], top: [`${name}_top`, name] }));
  const svg = text(await draw.drawNet({ layer }, { format: 'svg' }));
  const shown = [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/g)].map(([, escaped]) =>
    escaped
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&'),
  );
  // Each once as a layer and once as a blob.
  for (const name of names) t.is(shown.filter((line) => line === name).length, 2, `${name}: ${shown.join(' ')}`);
});

test('what cannot be drawn is an error', async (t) => {
  t.throws(() => draw.getDotGraph('missing.prototxt'), { instanceOf: CaffeError, code: 'ERR_CAFFE_FILE' });
  t.throws(() => draw.getDotGraph({ text: 'layer { nam: "a" }' }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_PROTOTXT',
    message: /:1:/,
  });
  t.throws(() => draw.getDotGraph(lenet, { rankdir: 'left' as never }), { instanceOf: RangeError, message: /rankdir/ });
  t.throws(() => draw.getDotGraph(lenet, { phase: 'TEST' as never }), { instanceOf: RangeError, message: /phase/ });
  await t.throwsAsync(draw.drawNet(lenet, { format: 'jpg' as never }), { instanceOf: TypeError, message: /format/ });
  const both = `layer { name: "a" type: "ReLU" include { phase: TEST } exclude { phase: TRAIN } }`;
  t.throws(() => draw.getDotGraph({ text: both }, { phase: 'test' }), {
    instanceOf: CaffeError,
    code: 'ERR_CAFFE_FORMAT',
    message: /both include and exclude/,
  });
});

test('the colour of a layer, its multipliers, and the methods of pooling', (t) => {
  t.deepEqual(draw.getPoolingTypesDict(), { 0: 'MAX', 1: 'AVE', 2: 'STOCHASTIC' });
  t.is(draw.chooseColorByLayertype('Deconvolution'), '#FF5050');
  t.is(draw.chooseColorByLayertype('Softmax'), '#6495ED');
  const ip = `layer { name: "ip" type: "InnerProduct" param { lr_mult: 0.75 } param {} }`;
  t.true(draw.getDotGraph({ text: ip }, { displayLrm: true }).includes('lr mult: 0.8, 1.0'));
  const frozen = `layer { name: "ip" type: "InnerProduct" param { lr_mult: 0 } param { lr_mult: 0 } }`;
  t.false(draw.getDotGraph({ text: frozen }, { displayLrm: true }).includes('lr mult'));
  const three = `layer { name: "ip" type: "InnerProduct" param {} param {} param {} }`;
  t.throws(() => draw.getDotGraph({ text: three }, { displayLrm: true }), {
    instanceOf: CaffeError,
    message: /"ip" has 3/,
  });
});
