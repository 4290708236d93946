/**
 * Writes data-peer.json anew: what Caffe's convert_imageset, compute_image_mean and extract_features write and print
 * for the runs of data-runs.ts. FOLDER has the tools, LIBRARIES is the LD_LIBRARY_PATH that they need.
 *
 *   npx tsx test/cli/stock/generate-data.ts FOLDER LIBRARIES
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
} from './data-runs.js';
import { environment } from './runs.js';

const [tools = '.', libraries = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tscaffe-'));

function run(tool: string, words: string): string {
  // The tools report through glog, on standard error.
  const args = ['-c', '"$@" 2>&1', 'sh', join(tools, tool), ...words.split(' ').filter((word) => word !== '')];
  return execFileSync('/bin/sh', args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...environment, GLOG_logtostderr: '1', LD_LIBRARY_PATH: libraries },
  });
}

try {
  prepareData(folder);
  const peer: DataPeer = { conversions: {}, means: {}, features: {} };
  for (const [name, flags] of Object.entries(conversions)) {
    run('convert_imageset', `${flags} ./ list.txt ${name}`);
    peer.conversions[name] = recordsIn(join(folder, name));
  }
  for (const [name, flags] of Object.entries(means)) {
    const printed = meansIn(run('compute_image_mean', `${flags} ${name} ${name}.binaryproto`));
    peer.means[name] = { file: checksum(join(folder, `${name}.binaryproto`)), printed };
  }
  run(
    'extract_features',
    `features.caffemodel features.prototxt ${features.join()} ${features.join()} ${batches} lmdb`,
  );
  for (const blob of features) peer.features[blob] = recordsIn(join(folder, blob));
  writeFileSync(new URL('data-peer.json', import.meta.url), `${JSON.stringify(peer, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
