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
  MPI_HOME=/path                    an MPI of your own; by default the one whose mpicc is in PATH, else Debian's
  TSCAFFE_MPI=no                    no MPI: without it, training in several processes is not there
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
