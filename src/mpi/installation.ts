import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The MPI that the addon was built with, as the build wrote it down beside the addon. */
export interface Installation {
  /** The library of the addon that is linked to MPI. */
  readonly library: string;
  /** MPI's own launcher. */
  readonly mpirun: string;
  /** What MPI's programs and libraries need in the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder of its libraries, if only MPI's own programs must be told where they are. */
  readonly libraries: string | undefined;
}

/** Open MPI, unpacked rather than installed, has to be told where all of it is. */
function placesOf(prefix: string, libraries: string): Record<string, string> {
  return {
    OPAL_PREFIX: prefix,
    OPAL_LIBDIR: libraries,
    OPAL_DATADIR: join(prefix, 'share'),
    OPAL_PKGLIBDIR: join(libraries, 'openmpi/lib/openmpi3'),
    OPAL_PKGDATADIR: join(prefix, 'share/openmpi'),
    OPAL_SYSCONFDIR: join(prefix, '../etc'),
    // It warns that it cannot compress what it sends when it starts ten thousand processes.
    PMIX_MCA_pcompress_base_silence_warning: '1',
  };
}

/**
 * @param addon - the path of the addon
 * @returns why there is no MPI, if there is none
 */
export function findInstallation(addon: string): Installation | string {
  const folder = dirname(addon);
  const file = join(folder, 'mpi.json');
  if (!existsSync(file)) return 'The addon was built before tscaffe knew MPI. Run: npx tscaffe setup';
  const found = JSON.parse(readFileSync(file, 'utf8')) as Record<
    'reason' | 'mpirun' | 'prefix' | 'libraries',
    string | undefined
  >;
  const { reason, mpirun, prefix, libraries } = found;
  if (reason !== undefined || mpirun === undefined) {
    return `${reason ?? ''} Put the mpicc of your MPI into PATH, or name its folder: MPI_HOME=/path. Then: npx tscaffe setup`;
  }
  const all = { library: join(folder, 'tscaffe-mpi.so'), mpirun: resolve(folder, mpirun) };
  if (!existsSync(all.mpirun)) {
    return `The MPI that the addon was built with is not there: ${all.mpirun} is missing. Run: npx tscaffe setup`;
  }
  if (!prefix || !libraries) return { ...all, environment: {}, libraries: undefined };
  const [unpacked, its] = [resolve(folder, prefix), resolve(folder, libraries)];
  return { ...all, environment: placesOf(unpacked, its), libraries: its };
}
