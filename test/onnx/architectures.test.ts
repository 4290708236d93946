// Nets as they are used, exported and run by onnxruntime: the outputs are Caffe's, to 1e-5 of the largest value.
import test from 'ava';
import { Net, onnx, setRandomSeed, type NetMessage } from 'tscaffe';
import {
  autoencoder,
  caffenet,
  fcn8s,
  fillRunningSums,
  googlenet,
  lenet,
  resnet50,
  siamese,
  squeezenet,
} from '../architectures/index.js';
import { Random } from '../fuzz/random.js';
import { differences, forward, normal, openSession, reshapeBatch, type Fill } from './compare.js';
import { dimensionsOf, shapeMistakes } from './declared-shapes.js';
import { decode, structureMistakes } from './structure.js';
import { imageLayers } from './image-layers.js';
import { fillSequences, sequenceLayers } from './sequence-layers.js';

const tolerance = 1e-5;

interface Case {
  name: string;
  build: (batch: number) => NetMessage;
  fill?: (random: Random) => Fill;
  /** Whether it is also exported for any number of items; if it cannot be, why. */
  anyBatch?: true | string;
}

const cases: Case[] = [
  { name: 'LeNet', build: lenet, anyBatch: true },
  { name: 'CaffeNet', build: caffenet },
  { name: 'GoogLeNet', build: googlenet },
  { name: 'SqueezeNet', build: squeezenet, anyBatch: true },
  { name: 'ResNet-50', build: resnet50 },
  { name: 'FCN-8s', build: fcn8s, anyBatch: true },
  { name: 'Siamese', build: siamese, anyBatch: true },
  { name: 'Autoencoder', build: autoencoder, anyBatch: true },
  { name: 'ImageLayers', build: imageLayers, anyBatch: 'uses the statistics of its batch' },
  { name: 'SequenceLayers', build: sequenceLayers, fill: fillSequences, anyBatch: 'the same batch' },
];

/** Without what training gives to a net, a part of it would compute zeros. */
function train(net: Net, random: Random): void {
  fillRunningSums(net, random, 0.5);
  const learned = net.layers.filter(({ type }) => type === 'Parameter').flatMap(({ blobs }) => blobs);
  for (const { data } of learned) normal(random)('', data);
}

type Values = Parameters<typeof dimensionsOf>[0][];

/** The shapes of inputs or outputs that a model declares, by name. */
const declared = (values: Values): Record<string, (number | string)[]> =>
  Object.fromEntries(values.map((value) => [String(value.name), dimensionsOf(value)]));

for (const { name, build, fill = normal, anyBatch } of cases) {
  test.serial(`${name} computes in onnxruntime what it computes in Caffe`, async (t) => {
    setRandomSeed(15);
    const random = new Random(15);
    using net = new Net(build(2), 'test');
    train(net, random);
    const model = onnx.fromNet(net);
    t.deepEqual(structureMistakes(model), []);
    t.deepEqual(await shapeMistakes(model, forward(net, fill(random))), []);
    const { graph } = decode(model);
    const shapes = (names: readonly string[]): Record<string, readonly number[]> =>
      Object.fromEntries(names.map((blob) => [blob, net.blobs[blob].shape]));
    t.is(graph?.name, name);
    t.deepEqual(declared(graph?.input ?? []), shapes(net.inputs));
    t.deepEqual(declared(graph?.output ?? []), shapes(net.outputs));
    const session = await openSession(model);
    for (const [blob, difference] of Object.entries(await differences(net, session, forward(net, fill(random))))) {
      t.true(difference <= tolerance, `${blob} differs by ${difference}`);
      t.log(`${blob}: ${difference.toExponential(1)}`);
    }
    await session.release();
  });

  if (anyBatch === undefined) continue;
  test.serial(`${name} can${anyBatch === true ? '' : 'not'} be exported for any number of items`, async (t) => {
    setRandomSeed(16);
    const random = new Random(16);
    using net = new Net(build(2), 'test');
    if (typeof anyBatch === 'string') {
      const { message } = t.throws(() => onnx.fromNet(net, { dynamicBatch: true }));
      t.true(message.includes(anyBatch), message);
      return;
    }
    train(net, random);
    const model = onnx.fromNet(net, { dynamicBatch: true });
    t.deepEqual(structureMistakes(model), []);
    const { graph } = decode(model);
    for (const shape of Object.values(declared([...(graph?.input ?? []), ...(graph?.output ?? [])])))
      t.is(shape[0], 'N');
    const session = await openSession(model);
    for (const batch of [1, 3]) {
      reshapeBatch(net, batch);
      for (const [blob, difference] of Object.entries(await differences(net, session, forward(net, fill(random)))))
        t.true(difference <= tolerance, `${blob} of ${batch} items differs by ${difference}`);
    }
    await session.release();
  });
}

for (const { name, build, fill = normal } of cases.slice(-2)) {
  test.serial(`${name}: each blob on the way is what it is in Caffe`, async (t) => {
    setRandomSeed(17);
    const random = new Random(17);
    using net = new Net(build(2), 'test');
    train(net, random);
    const outputs = [...new Set(net.layers.flatMap(({ top }) => top))].filter((blob) => !blob.includes('_split_'));
    const session = await openSession(onnx.fromNet(net, { outputs }));
    for (const [blob, difference] of Object.entries(
      await differences(net, session, forward(net, fill(random)), outputs),
    ))
      t.true(difference <= tolerance, `${blob} differs by ${difference}`);
    await session.release();
  });
}
