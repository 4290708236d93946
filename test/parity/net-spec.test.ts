import { readFileSync } from 'node:fs';
import test from 'ava';
import { layers, Net, readNet, toProto, toPrototxt } from 'tscaffe';
import { autoencoder } from './net-spec/autoencoder.js';
import { caffenet } from './net-spec/caffenet.js';
import { cifar10 } from './net-spec/cifar10.js';
import { fcn } from './net-spec/fcn.js';
import { googlenet } from './net-spec/googlenet.js';
import { lenet } from './net-spec/lenet.js';
import { lstm } from './net-spec/lstm.js';
import { resnet } from './net-spec/resnet.js';
import { siamese } from './net-spec/siamese.js';
import { squeezenet } from './net-spec/squeezenet.js';

// net-spec/generate.sh has pycaffe write its prototxts: those of the program beside each of these.
const nets = { lenet, caffenet, googlenet, resnet, fcn, siamese, lstm, autoencoder, cifar10, squeezenet };

const read = (name: string): string => readFileSync(new URL(`net-spec/${name}`, import.meta.url), 'utf8');

/**
 * pycaffe's text is libprotobuf's, but for floats: it prints the double that a float is, as Python writes it
 * (`0.009999999776482582`, `1.0`). So numbers that are the same float are the same, all else must be so byte for byte.
 */
function withFloats(prototxt: string): string[] {
  return prototxt
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, field, number] = /^( *\w+: )(-?[\d.]+(?:e[+-]\d+)?)$/.exec(line) ?? [];
      return field === undefined ? line : `${field}${Math.fround(Number(number))}`;
    });
}

for (const [name, build] of Object.entries(nets)) {
  test(`${name} is the message, and has the prototxt, that pycaffe makes of the same program`, (t) => {
    const peer = read(`${name}.prototxt`);
    t.deepEqual(readNet(build()), readNet({ text: peer }));
    t.deepEqual(withFloats(toPrototxt(build())), withFloats(peer));
  });

  test(`${name} is built by Caffe`, (t) => {
    using net = new Net(build(), 'train');
    using peer = new Net({ text: read(`${name}.prototxt`) }, 'train');
    const shapes = ({ blobs }: Net): (readonly number[])[] => Object.values(blobs).map((blob) => blob.shape);
    t.true(net.layerNames.length > build().layer.length / 2);
    t.deepEqual(net.layerNames, peer.layerNames);
    t.deepEqual(net.blobNames, peer.blobNames);
    t.deepEqual(shapes(net), shapes(peer));
  });
}

interface Case {
  type: 'Split'; // or any other
  fields: object;
  prototxt: string;
}

function camelCase(message: object): object {
  const entries = Object.entries(message).map(([name, value]: [string, unknown]) => [
    name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    typeof value === 'object' && value !== null ? camelCase(value) : value,
  ]);
  return Array.isArray(message) ? entries.map(([, value]) => value) : (Object.fromEntries(entries) as object);
}

for (const { type, fields, prototxt } of JSON.parse(read('every-field.json')) as Case[]) {
  test(`${type} takes every field that pycaffe's has, and puts it where pycaffe does`, (t) => {
    const top = layers[type](camelCase(fields));
    t.deepEqual(withFloats(toPrototxt(toProto(top))), withFloats(prototxt));
  });
}
