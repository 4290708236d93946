import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Command } from 'commander';
import { findInstallation, type Installation } from '../../mpi/installation.js';
import { addon } from '../../native/addon-file.js';
import { Failure, UsageError } from '../failure.js';

export function define(command: Command): void {
  command
    .usage('[options of mpirun] -- COMMAND [arguments]')
    .argument('[words...]')
    .allowUnknownOption()
    .addHelpText('after', help)
    .action(() => run(process.argv.slice(3)));
}

const help = `
Runs the mpirun of the MPI that the addon was built with. All options are mpirun's own.

  tscaffe mpirun -n 2 -- node train.js
  tscaffe mpirun -n 8 --host a:4,b:4 -- node train.js

The exit code is mpirun's: 0 only if all processes have ended well.`;

/** Without the `--`, which mpirun does not know. */
function withoutSeparator(words: string[]): string[] {
  const at = words.indexOf('--');
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 1)];
}

async function run(words: string[]): Promise<void> {
  const args = withoutSeparator(words);
  if (args.length === 0) throw new UsageError('name a command: tscaffe mpirun -n 2 -- node train.js');
  const installation = findInstallation(addon);
  if (typeof installation === 'string') throw new Failure(`this build of tscaffe has no MPI. ${installation}`);
  const child = spawn(installation.mpirun, args, {
    stdio: 'inherit',
    env: { ...defaults(), ...process.env, ...placesOf(installation) },
  });
  // mpirun ends the processes and then itself. Ctrl-C has reached it already, with all that the terminal runs.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'close')) as [number | null];
  process.exitCode = code ?? 1;
}

/** What Open MPI does unless the user says otherwise. */
function defaults(): Record<string, string> {
  return {
    // By default two processes have one core each, and with it all their threads: BLAS's and the readers' too.
    OMPI_MCA_hwloc_base_binding_policy: 'none',
    // It refuses to run as root, which is who one is in a container.
    ...(process.getuid?.() === 0 && { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }),
  };
}

/** Where the parts of an MPI are that is unpacked and not installed, here and on the other machines. */
function placesOf({ mpirun, environment, libraries }: Installation): Record<string, string> {
  if (libraries === undefined) return {};
  const before = process.env['LD_LIBRARY_PATH'];
  const places = { ...environment, LD_LIBRARY_PATH: before === undefined ? libraries : `${libraries}:${before}` };
  const assignments = Object.entries(places).map(([name, value]) => `${name}=${value}`);
  const agent = ['env', ...assignments, join(mpirun, '../orted')].join(' ');
  return { OMPI_MCA_orte_launch_agent: agent, ...places };
}
