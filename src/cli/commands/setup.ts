import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

export function define(command: Command): void {
  command
    .addHelpText(
      'after',
      `
Unpacks Debian's libcaffe, or takes yours, and builds the addon. It needs no root, and repeats nothing that is done.

  CAFFE_ROOT=/path                  a libcaffe of your own
  TSCAFFE_DEBIAN_MIRROR=http://...  where Debian's packages come from, if not from apt's own sources`,
    )
    .action(() => {
      const { status, error } = spawnSync(fileURLToPath(new URL('../../../scripts/setup', import.meta.url)), {
        stdio: 'inherit',
      });
      if (error !== undefined) throw error;
      process.exitCode = status ?? 1;
    });
}
