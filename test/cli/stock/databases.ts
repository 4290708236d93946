import { join } from 'node:path';
import { io } from 'tscaffe';

const size = 12;

/** Whole numbers that look random and are the same everywhere: a linear congruential generator. */
function* noise(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 16;
  }
}

/** Stripes in one of four directions, with noise: what a small net learns mostly in a hundred iterations. */
function write(path: string, count: number, seed: number): void {
  using database = io.Database.create(path);
  const numbers = noise(seed);
  for (let n = 0; n < count; n++) {
    const label = numbers.next().value % 4;
    const shift = numbers.next().value % 4;
    const pixels = Uint8Array.from({ length: size * size }, (_, i) => {
      const [row, column] = [Math.floor(i / size), i % size];
      const place = [row, column, row + column, row - column + size][label] + shift;
      return (place % 4 < 2 ? 150 : 40) + (numbers.next().value % 100);
    });
    database.put(String(n).padStart(8, '0'), io.arrayToDatum({ data: pixels, shape: [1, size, size] }, label));
  }
  database.close();
}

/** Writes the two databases that net.prototxt reads into a folder. */
export function writeDatabases(folder: string): void {
  write(join(folder, 'train_lmdb'), 256, 1);
  write(join(folder, 'test_lmdb'), 100, 2);
}
