import { readFileSync } from 'node:fs';

/** The solver of a prototxt on the GPU, where both layers of its net are those of this folder. */
export function solverOnGpu(file: string): { text: string; file: string } {
  const net = (path: string): string => readFileSync(path, 'utf8').replaceAll('module: "', 'module: "gpu.');
  const text = readFileSync(file, 'utf8')
    .replace('solver_mode: CPU', 'solver_mode: GPU')
    .replace(/^net: "(.*)"$/m, (_, path: string) => `net_param { ${net(path)} }`);
  return { text, file };
}
