import { createInterface } from 'node:readline';

/** Wall and CPU time (all threads) of pieces of work, in nanoseconds for one repetition. */
export class Stopwatch {
  readonly #wall: Record<string, number> = {};
  readonly #cpu: Record<string, number> = {};
  /** Bytes. */
  memory: Record<string, number> | undefined;

  /** Runs `work`, which is `repetitions` repetitions. */
  measure(quantity: string, repetitions: number, work: () => void): void {
    const end = this.#begin(quantity, repetitions);
    work();
    end();
  }

  /** The same for work that is done when its promise is settled. */
  async measureAsync(quantity: string, repetitions: number, work: () => Promise<void>): Promise<void> {
    const end = this.#begin(quantity, repetitions);
    await work();
    end();
  }

  #begin(quantity: string, repetitions: number): () => void {
    const cpu = process.cpuUsage();
    const wall = process.hrtime.bigint();
    return () => {
      const nanoseconds = Number(process.hrtime.bigint() - wall);
      const { user, system } = process.cpuUsage(cpu);
      this.#wall[quantity] = nanoseconds / repetitions;
      this.#cpu[quantity] = ((user + system) * 1000) / repetitions;
    };
  }

  /** What was measured otherwise, in nanoseconds. */
  add(quantity: string, wall: number, cpu?: number): void {
    this.#wall[quantity] = wall;
    if (cpu !== undefined) this.#cpu[quantity] = cpu;
  }

  /** The last line of a trial. */
  report(): void {
    console.log(JSON.stringify({ wall: this.#wall, cpu: this.#cpu, memory: this.memory }));
  }
}

/** Says that it is ready; then does a round for each line on standard input, and prints what it measured. */
export async function takeRounds(round: (stopwatch: Stopwatch) => void | Promise<void>): Promise<void> {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'next') throw new Error(`Expected "next" but received "${line}"`);
    const stopwatch = new Stopwatch();
    await round(stopwatch);
    stopwatch.report();
  }
}
