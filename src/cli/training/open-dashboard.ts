import { dashboard, type Dashboard } from '../../dashboard/dashboard.js';
import type { Solver } from '../../index.js';
import { printJson, printLine } from '../output.js';
import type { TrainOptions } from './options.js';

/** Opens the page that `--ui` asks for, and says where it is. */
export async function openDashboard(
  solver: Solver,
  { ui, uiHost, uiReadOnly, json }: TrainOptions,
): Promise<Dashboard> {
  const board = await dashboard(solver, {
    port: typeof ui === 'number' ? ui : 0,
    readOnly: uiReadOnly ?? false,
    ...(uiHost === undefined ? {} : { host: uiHost }),
  });
  if (json) printJson({ event: 'ui', iter: solver.iter, url: board.url });
  else printLine(`dashboard: ${board.url}`);
  return board;
}
