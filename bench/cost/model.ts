// How long an iteration takes on several ranks: the model of docs/parallel.md.

/** What a rank computes in an iteration. */
export interface Work {
  /** Milliseconds of an iteration without averaging. */
  compute: number;
  /** The layers in the order of backward, the last one first. */
  layers: readonly {
    /** Milliseconds. */ backward: number;
    /** Gradients that are whole afterwards. */ floats: number;
  }[];
}

/** What carries the gradients. */
export interface Network {
  /** Milliseconds until a message is there, however small. */
  alpha: number;
  /** Milliseconds for each byte. */
  beta: number;
  /** Milliseconds for each further message that a rank sends at the same time. */
  more: number;
  /** Milliseconds to copy a float out of a blob and back. */
  copy: number;
  /** Whether MPI's thread has a processor of its own. Else what it does takes the layers' time. */
  isFree: boolean;
}

/** What an iteration takes, in milliseconds. */
export interface Cost {
  iteration: number;
  /** By which averaging makes the iteration longer. */
  visible: number;
  /** In which gradients are under way. */
  underWay: number;
}

/** Gradients that are sent at once, as soon as the layer at `after` has gone backward. */
interface Bucket {
  floats: number;
  after: number;
}

/** As native/mpi/gradient_exchange.cc cuts them. */
export function bucketsOf(layers: Work['layers'], bucketBytes: number): Bucket[] {
  const most = Math.floor(bucketBytes / 4);
  const last = layers.findLastIndex(({ floats }) => floats > 0);
  const buckets: Bucket[] = [];
  let waiting = 0;
  layers.forEach(({ floats }, after) => {
    waiting += floats;
    if (floats === 0 || (waiting < most / 4 && after !== last)) return;
    for (; waiting > 0; waiting -= Math.min(most, waiting)) buckets.push({ floats: Math.min(most, waiting), after });
  });
  return buckets;
}

/** Milliseconds until all ranks have the sums of as many floats: the table of docs/parallel.md. */
export function sumTime(floats: number, ranks: number, { alpha, beta, more }: Network): number {
  const bytes = 4 * floats;
  const messages = (ranks - 2) * more;
  if (ranks === 2 || floats * (ranks - 1) <= 8192) return alpha + messages + (ranks - 1) * bytes * beta;
  return 2 * (alpha + messages + ((ranks - 1) / ranks) * bytes * beta);
}

/** What an iteration takes on that many ranks. */
export function costOf(
  { compute, layers }: Work,
  ranks: number,
  network: Network,
  { bucketBytes = 2 ** 22, overlap = true } = {},
): Cost {
  if (ranks === 1) return { iteration: compute, visible: 0, underWay: 0 };
  let backwardEnd = 0;
  const ends = layers.map(({ backward }) => (backwardEnd += backward));
  const buckets = bucketsOf(layers, bucketBytes);
  let over = 0;
  let underWay = 0;
  buckets.forEach(({ floats, after }, i) => {
    const isLast = i === buckets.length - 1;
    const whole = overlap && !isLast ? (ends[after] ?? 0) : backwardEnd;
    const time = sumTime(floats, ranks, network);
    over = Math.max(over, whole) + time;
    underWay += time;
  });
  const floats = layers.reduce((sum, layer) => sum + layer.floats, 0);
  const waiting = network.isFree ? Math.max(0, over - backwardEnd) : underWay;
  const visible = waiting + floats * network.copy;
  return { iteration: compute + visible, visible, underWay };
}

/** The straight line `y = alpha + beta x` nearest to points, each by its share of y: small ones count as much. */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): { alpha: number; beta: number } {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const [x, y] of points) {
    const weight = 1 / y ** 2;
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  }
  const beta = (w * wxy - wx * wy) / (w * wxx - wx ** 2);
  return { alpha: (wy - beta * wx) / w, beta };
}
