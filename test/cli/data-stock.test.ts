// The commands for data beside Caffe's tools: stock/generate-data.ts has stored what those write for the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { tscaffe } from './command.js';
import {
  batches,
  checksum,
  conversions,
  features,
  means,
  meansIn,
  prepareData,
  recordsIn,
  type DataPeer,
} from './stock/data-runs.js';
import { environment } from './stock/runs.js';

const peer = JSON.parse(readFileSync(new URL('stock/data-peer.json', import.meta.url), 'utf8')) as DataPeer;

/** The kernels that the features are of are those of x86-64. */
const onTheSameKernels = process.arch === 'x64' ? test : test.skip;

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

test('convert_imageset and compute_image_mean write the bytes that Caffe’s tools write', async (t) => {
  const cwd = scratchFolder(t);
  prepareData(cwd);
  for (const [name, flags] of Object.entries(conversions)) {
    const outcome = await tscaffe(words(`convert_imageset ${flags} ./ list.txt ${name}`), { cwd });
    t.like(outcome, { code: 0, stdout: `${name}: 24 images\n`, stderr: '' });
    t.deepEqual(recordsIn(join(cwd, name)), peer.conversions[name], name);
  }
  for (const [name, flags] of Object.entries(means)) {
    const outcome = await tscaffe(words(`compute_image_mean ${flags} ${name} ${name}.binaryproto`), { cwd });
    t.is(outcome.code, 0, outcome.stderr);
    t.deepEqual(
      { file: checksum(join(cwd, `${name}.binaryproto`)), printed: meansIn(outcome.stdout) },
      peer.means[name],
    );
  }
  t.is(Object.keys(peer.conversions['pixels']).length, 24);
  t.is(peer.means['resized'].printed.split('\n').length, 3);
});

onTheSameKernels('extract_features writes the records that Caffe’s tool writes', async (t) => {
  const cwd = scratchFolder(t);
  prepareData(cwd);
  const names = features.join();
  const command = `extract_features features.caffemodel features.prototxt ${names} ${names} --iterations ${batches}`;
  const outcome = await tscaffe(command, { cwd, env: environment });
  t.like(outcome, { code: 0, stdout: 'pool: 30 records\nip: 30 records\nlabel: 30 records\n' });
  for (const blob of features) t.deepEqual(recordsIn(join(cwd, blob)), peer.features[blob], blob);
  t.is(Object.keys(peer.features['ip']).length, 30);
});
