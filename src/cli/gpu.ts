import { deviceCount, setDevice, setMode } from '../index.js';
import { UsageError } from './failure.js';

/** The GPUs that `--gpu` names, as Caffe's tool takes them: `0`, `0,1` or `all`. */
export function gpusIn(text: string): number[] {
  if (text === 'all') return Array.from({ length: deviceCount() }, (_, id) => id);
  return text.split(',').map((id) => {
    if (/^\d{1,9}$/.test(id)) return Number(id);
    throw new UsageError(`--gpu takes the number of a GPU, or all, not ${JSON.stringify(text)}`);
  });
}

/** The one GPU that a run is to use. */
export function oneGpu(text: string): number {
  const [id, ...more] = gpusIn(text);
  if (id === undefined) throw new UsageError('--gpu all: there is no GPU');
  if (more.length > 0) throw new UsageError(`--gpu ${text}: a run uses one GPU; name one`);
  return id;
}

/** Chooses where Caffe computes. */
export function chooseGpu(text: string | undefined): void {
  if (text === undefined) return;
  const id = oneGpu(text);
  setMode('gpu');
  setDevice(id);
}
