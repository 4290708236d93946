import { urlOf } from './address.js';
import type { HistoryRecord } from './history/history.js';
import { Link } from './link.js';
import type { Status } from './messages.js';
import { checkListenOptions, type ListenOptions } from './options.js';
import { newToken } from './server/admission.js';

const past: Status = {
  state: 'past',
  iter: 0,
  maxIter: 0,
  averageLoss: 1,
  settings: { lr: 0, lrPolicy: '', lrIsSet: false, momentum: 0, weightDecay: 0 },
  multipliers: [],
  testNets: 0,
  snapshotPrefix: '',
};

/** Shows runs that are over, on a page of their own. There is nothing to steer. */
export async function showPastRuns(
  runs: HistoryRecord[],
  options: ListenOptions,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { port, host, token = newToken() } = checkListenOptions(options);
  const link = await Link.open({ host, port, token, readOnly: true, name: '', historyPath: '', status: past, runs });
  return { url: urlOf(host, link.port, token), close: () => link.close() };
}
