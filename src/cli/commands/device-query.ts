import type { Command } from 'commander';
import { deviceCount, deviceQuery, hasGpu, type Device } from '../../index.js';
import { gpusIn } from '../gpu.js';
import { printJson, printLine } from '../output.js';

export function define(command: Command): void {
  command
    .option('--gpu <ids>', 'the GPUs to show, separated by commas, or all; all is the default')
    .option('--json', 'print their properties as JSON')
    .addHelpText('after', '\nShows what CUDA says of the GPUs: memory, compute capability, limits of kernels.')
    .action(query);
}

function query({ gpu, json }: { gpu?: string; json?: true }): void {
  const ids = gpu === undefined && (!hasGpu || deviceCount() === 0) ? [] : gpusIn(gpu ?? 'all');
  const devices = ids.map((id) => deviceQuery(id));
  if (json) printJson(devices);
  else if (devices.length > 0) devices.forEach(print);
  else printLine(hasGpu ? 'There is no GPU.' : 'The linked libcaffe has no CUDA: it computes on the CPU.');
}

function print({ device, ...properties }: Device): void {
  printLine(`Device ${device}`);
  for (const [name, value] of Object.entries(properties)) {
    const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    printLine(`  ${`${words}:`.padEnd(32)}${value}`);
  }
}
