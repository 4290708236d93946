import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

export function define(command: Command): void {
  command
    .option('--from-source', 'compile the addon, though one that is compiled already is there')
    .addHelpText(
      'after',
      `
Unpacks Debian's libcaffe, for which the addon is compiled already, or takes yours, and compiles the addon for that. It
needs no root, and does nothing where all is done. What it makes goes to a cache, where the next project finds it. You may
delete it: set-up makes again what it needs.

  CAFFE_ROOT=/path                  a libcaffe of your own
  MPI_HOME=/path                    an MPI of your own, for which the addon is compiled; by default Debian's Open MPI, or,
                                    where the addon is compiled, the MPI whose mpicc is in PATH
  TSCAFFE_MPI=no                    no MPI: without it, training in several processes is not there
  TSCAFFE_CACHE=/path               the cache; by default $XDG_CACHE_HOME/tscaffe or ~/.cache/tscaffe
  TSCAFFE_DEBIAN_MIRROR=http://...  where Debian's packages come from, if not from apt's own sources`,
    )
    .action(({ fromSource = false }: { fromSource?: boolean }) => {
      const script = fileURLToPath(new URL('../../../scripts/setup', import.meta.url));
      const { status, error } = spawnSync(script, fromSource ? ['--from-source'] : [], { stdio: 'inherit' });
      if (error !== undefined) throw error;
      process.exitCode = status ?? 1;
    });
}
