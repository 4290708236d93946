import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { blasName, deviceCount, deviceQuery, hasGpu, version } from 'tscaffe';
import { peer, pycaffeProgram } from './process.js';

/** What a figure depends on beside the program. */
export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  /** How many processes wanted a core, on average over the last minute. */
  load: number;
  versions: Record<string, string | number>;
}

export function describeMachine(): Machine {
  const { version: own } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const versions: Record<string, string | number> = { tscaffe: own, node: process.version, libcaffe: version };
  const blas = blasName();
  if (blas !== undefined) versions['blas'] = blas;
  if (hasGpu && deviceCount() > 0) {
    const { name, driverVersion, runtimeVersion } = deviceQuery();
    Object.assign(versions, { gpu: name, 'CUDA driver': driverVersion, 'CUDA run-time': runtimeVersion });
  }
  // The peer's program prints names and versions where a trial prints figures.
  if (pycaffeProgram !== undefined) Object.assign(versions, peer('versions.py'));
  const date = new Date().toISOString();
  return { date, cpu: cpus()[0].model, cores: availableParallelism(), load: loadavg()[0], versions };
}
