/** The points of a curve, as they go over the wire: null stands for NaN and the infinities. */
export interface CurvePoints {
  x: number[];
  y: (number | null)[];
}

/** How many points a curve keeps at most. */
const capacity = 4096;

interface Extreme {
  x: number;
  y: number;
}

/**
 * A curve of any length in bounded memory. Iterations fall into buckets of `stride`; a bucket keeps its lowest and its
 * highest point, and its first one that is not finite. The last bucket has the latest point too. When there are too
 * many points, the stride doubles. So a spike of a single iteration, or a NaN, stays visible however long the run is.
 */
export class Curve {
  #stride = 1;
  #x: number[] = [];
  #y: number[] = [];
  /** Where the points of the last bucket begin. */
  #open = 0;
  #bucket = -1;
  #version = 0;

  static from({ x, y }: CurvePoints): Curve {
    const curve = new Curve();
    x.forEach((at, i) => {
      curve.add(at, y[i] ?? NaN);
    });
    return curve;
  }

  /** The iterations, in ascending order. */
  get x(): readonly number[] {
    return this.#x;
  }

  /** The values at {@link x}. */
  get y(): readonly number[] {
    return this.#y;
  }

  /** Changes with each change of the points. */
  get version(): number {
    return this.#version;
  }

  /** The iterations of a bucket: 1 while all points are kept. */
  get stride(): number {
    return this.#stride;
  }

  get last(): Extreme | undefined {
    const i = this.#x.length - 1;
    return i < 0 ? undefined : { x: this.#x[i] ?? 0, y: this.#y[i] ?? NaN };
  }

  /** Adds the next point. A second one for the same iteration takes the place of the first. */
  add(x: number, y: number): void {
    this.#version++;
    const bucket = Math.floor(x / this.#stride);
    if (bucket !== this.#bucket) {
      if (this.#stride > 1) this.#keepExtremes();
      this.#bucket = bucket;
      this.#open = this.#x.length;
      this.#x.push(x);
      this.#y.push(y);
      if (this.#x.length > capacity) this.#widen();
      return;
    }
    if (this.#stride === 1) this.#y[this.#open] = y;
    else {
      this.#keepExtremes();
      this.#x.push(x);
      this.#y.push(y);
    }
  }

  /** Drops what is no extreme of the last bucket. */
  #keepExtremes(): void {
    const [xs, ys, open] = [this.#x, this.#y, this.#open];
    if (xs.length - open <= 2) return;
    let [lowest, highest, odd] = [-1, -1, -1];
    for (let i = open; i < xs.length; i++) {
      const y = ys[i] ?? NaN;
      if (!Number.isFinite(y)) {
        if (odd < 0) odd = i;
        continue;
      }
      if (lowest < 0 || y < (ys[lowest] ?? 0)) lowest = i;
      if (highest < 0 || y > (ys[highest] ?? 0)) highest = i;
    }
    let to = open;
    for (let i = open; i < xs.length; i++) {
      if (i !== lowest && i !== highest && i !== odd) continue;
      xs[to] = xs[i] ?? 0;
      ys[to++] = ys[i] ?? NaN;
    }
    xs.length = ys.length = to;
  }

  #widen(): void {
    const [x, y] = [this.#x, this.#y];
    this.#stride *= 2;
    this.#clear();
    for (let i = 0; i < x.length; i++) this.add(x[i] ?? 0, y[i] ?? NaN);
  }

  #clear(): void {
    this.#x = [];
    this.#y = [];
    this.#open = 0;
    this.#bucket = -1;
  }

  /** Forgets what came after an iteration: the run goes on from there. */
  rewind(iter: number): void {
    const [x, y] = [this.#x, this.#y];
    if ((x.at(-1) ?? -1) <= iter) return;
    this.#version++;
    this.#clear();
    for (let i = 0; i < x.length && (x[i] ?? 0) <= iter; i++) this.add(x[i] ?? 0, y[i] ?? NaN);
  }

  /** The value at `x`, on the line between the points around it. NaN for a curve without points. */
  at(x: number): number {
    const [xs, ys] = [this.#x, this.#y];
    let [low, high] = [0, xs.length - 1];
    if (high < 0) return NaN;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((xs[middle] ?? 0) < x) low = middle + 1;
      else high = middle;
    }
    const [right, left] = [low, Math.max(0, low - 1)];
    const [x0 = 0, x1 = 0, y0 = NaN, y1 = NaN] = [xs[left], xs[right], ys[left], ys[right]];
    if (x1 <= x || x1 === x0) return y1;
    return x <= x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
  }

  toJSON(): CurvePoints {
    return { x: this.#x, y: this.#y.map((y) => (Number.isFinite(y) ? y : null)) };
  }
}
