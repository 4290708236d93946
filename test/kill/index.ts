// npm run test:kill -- [--kills 200]: kills that many trainings while they snapshot, in both formats.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killOne, requireWhole } from './kill.js';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' } } });
const kinds = (['BINARYPROTO', 'HDF5'] as const).flatMap((format) =>
  (['resume', 'rewrite'] as const).map((mode) => ({ format, mode })),
);
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
