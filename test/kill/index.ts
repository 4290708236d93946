// npm run test:kill -- [--kills 200] [--format HDF5]: kills that many trainings while they snapshot, in both formats or
// in one.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killOne, requireWhole } from './kill.js';

const options = { kills: { type: 'string', default: '200' }, format: { type: 'string' } } as const;
const { values } = parseArgs({ options });
const formats = (['BINARYPROTO', 'HDF5'] as const).filter((format) => (values.format ?? format) === format);
if (formats.length === 0) throw new RangeError(`no format of snapshots: ${values.format}`);
const kinds = formats.flatMap((format) => (['resume', 'rewrite'] as const).map((mode) => ({ format, mode })));
for (const { format, mode } of kinds) {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-kill-'));
  const kills = Math.ceil(Number(values.kills) / kinds.length);
  let caught = 0;
  let newest = 0;
  for (let kill = 0; kill < kills; kill++) {
    await killOne(folder, format, mode);
    if (readdirSync(folder).some((name) => name.includes('.partial-'))) caught++;
    newest = requireWhole(folder, format);
  }
  console.log(
    `${format}, ${mode}: ${kills} kills, ${caught} of them while a file was being written; iteration ${newest}; all whole`,
  );
  rmSync(folder, { recursive: true });
}
