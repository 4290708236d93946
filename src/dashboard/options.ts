import {
  argumentError,
  expectBoolean,
  expectInteger,
  expectOptions,
  expectString,
  expectStrings,
} from '../error/argument.js';

/** Where a dashboard listens, and who may look at it. */
export interface ListenOptions {
  /** The port; by default, and with 0, any free one. */
  port?: number;
  /**
   * The address to listen on. The default is 127.0.0.1: only programs on this machine reach it. With another one all
   * that knows the URL can look at the net and, without `readOnly`, steer the solver; nothing is encrypted.
   */
  host?: string;
  /**
   * The token of the URL, at least 16 letters, digits, - or _. By default it is a random one of each dashboard. With
   * one of your own, and a port, pages that are open find the dashboard again after a restart.
   */
  token?: string;
}

/** Options of {@link dashboard}. */
export interface DashboardOptions extends ListenOptions {
  /** Whether pages can only look. False by default. */
  readOnly?: boolean;
  /**
   * After how many iterations statistics and histograms of all blobs are taken. 100 by default; 0 for never. The first
   * iteration is one of them.
   */
  histograms?: number;
  /**
   * The file of the run's history. By default it lies beside the snapshots, `<snapshot_prefix>_history.json`, and
   * there is none without a `snapshot_prefix`. False for none. A solver that goes on from a snapshot goes on with its
   * history.
   */
  history?: string | false;
  /** Histories of other runs, to show beside this one. */
  compare?: readonly string[];
  /** The names of the classes, for images that are tried; numbers by default. */
  labels?: readonly string[];
}

/** The names of {@link ListenOptions}. */
const listenOptions = ['port', 'host', 'token'] as const;

export function checkListenOptions({ port = 0, host = '127.0.0.1', token }: ListenOptions): {
  port: number;
  host: string;
  token: string | undefined;
} {
  expectInteger(port, 'port', 0, 65535);
  if (expectString(host, 'host') === '')
    throw new RangeError('Expected an address for host but received an empty text');
  if (token !== undefined && !/^[\w-]{16,}$/.test(expectString(token, 'token'))) {
    throw new RangeError('Expected a token of at least 16 letters, digits, - or _');
  }
  return { port, host, token };
}

/** @throws {TypeError | RangeError} for options that there are not, and values that they do not take */
export function checkOptions(
  options: DashboardOptions,
): Required<Omit<DashboardOptions, 'token' | 'history'>> & Pick<DashboardOptions, 'token' | 'history'> {
  const known = expectOptions(options, [...listenOptions, 'readOnly', 'histograms', 'history', 'compare', 'labels']);
  const { readOnly = false, histograms = 100, history, compare = [], labels = [] } = known;
  const { port, host, token } = checkListenOptions(known);
  if (history !== undefined && history !== false && typeof history !== 'string') {
    throw argumentError('a path or false', 'history', history);
  }
  return {
    port,
    host,
    ...(token === undefined ? {} : { token }),
    readOnly: expectBoolean(readOnly, 'readOnly'),
    histograms: expectInteger(histograms, 'histograms', 0, 2 ** 31 - 1),
    ...(history === undefined ? {} : { history }),
    compare: expectStrings(compare, 'compare'),
    labels: expectStrings(labels, 'labels'),
  };
}
