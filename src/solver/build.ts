import type { NativeSolver } from '../../typings/native.js';
import { setDevice, setMode } from '../caffe/state.js';
import { searchingIn } from '../layer/module-search.js';
import { native } from '../native/load.js';
import { blaming } from '../proto/blame.js';
import type { caffe } from '../proto/schema.js';
import type { SolverParameterRead } from './parameter.js';

/** `solver_mode` and `device_id`: Caffe's library ignores them, only its command-line tool reads them. */
function applyMode(parameter: caffe.SolverParameter): void {
  if (!Object.hasOwn(parameter, 'solverMode')) return;
  const gpu = parameter.solverMode === 1;
  setMode(gpu ? 'gpu' : 'cpu');
  if (gpu) setDevice(parameter.deviceId);
}

/** @internal */
export function build({ bytes, parameter, file, nets, folders }: SolverParameterRead): NativeSolver {
  const make = (): NativeSolver => {
    applyMode(parameter);
    return searchingIn(folders, () => new native.Solver(bytes));
  };
  return blaming(nets, undefined, make, file);
}
