/** Numbers that a seed determines on every machine (Marsaglia's xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not begin alike, and the state must not be 0.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1;
    for (let i = 0; i < 8; i++) this.int(2);
  }

  /** An integer from 0 to `end` - 1. */
  int(end: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % end;
  }

  /** A number from 0 to 1, without 1. */
  uniform(): number {
    return this.int(2 ** 24) / 2 ** 24;
  }

  /** Of a normal distribution (Irwin and Hall: the sum of twelve uniform numbers has the variance 1). */
  gaussian(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.uniform();
    return sum;
  }

  chance(probability: number): boolean {
    return this.int(1e6) < probability * 1e6;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(values.length)];
  }

  /** Calls `f` one to `most` times, rather few times. */
  times(most: number, f: () => void): void {
    for (let n = 1 + this.int(1 + this.int(most)); n > 0; n--) f();
  }
}
