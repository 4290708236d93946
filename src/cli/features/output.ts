import { extname } from 'node:path';
import { writeAside } from '../../file/aside.js';
import { io, type Blob } from '../../index.js';
import { native } from '../../native/load.js';
import { Failure, UsageError } from '../failure.js';
import { shapeText } from '../table.js';
import { requireWritable, writing } from '../writable.js';

/** Where the values of blobs go, batch by batch. */
export interface FeatureOutput extends Disposable {
  /** Takes the values that the blob has now. */
  add(name: string, blob: Blob): void;
  /** Puts it in place. Without this, nothing remains. @returns what it holds, in words */
  close(): string;
}

/** The kinds of files, by their endings. */
const isHdf5 = (path: string): boolean => /^\.(h5|hdf5)$/i.test(extname(path));
const isNpy = (path: string): boolean => /^\.npy$/i.test(extname(path));

/**
 * Opens the output for each blob: as many as there are blobs, or one HDF5 file for all.
 *
 * @throws {UsageError} if there are not as many, or two would become one
 */
export function openOutputs(
  blobs: readonly string[],
  paths: readonly string[],
  backend: io.DatabaseBackend,
): FeatureOutput[] {
  const [first = '', ...more] = paths;
  const all = more.length === 0 && isHdf5(first) ? blobs.map(() => first) : paths;
  if (all.length !== blobs.length) {
    throw new UsageError(`${blobs.length} blobs, but ${paths.length} outputs: name one for each, or one .h5 for all`);
  }
  const twice = all.find((path, i) => !isHdf5(path) && all.indexOf(path) !== i);
  if (twice !== undefined) throw new UsageError(`${twice}: is named for two blobs`);
  const again = blobs.find((blob, i) => blobs.slice(0, i).some((other, j) => other === blob && all[j] === all[i]));
  if (again !== undefined) throw new UsageError(`${again}: is named twice for one file`);
  const opened = new Map<string, FeatureOutput>();
  try {
    for (const path of all) if (!opened.has(path)) opened.set(path, open(path, backend));
  } catch (error) {
    for (const output of opened.values()) output[Symbol.dispose]();
    throw error;
  }
  return all.flatMap((path) => opened.get(path) ?? []);
}

function open(path: string, backend: io.DatabaseBackend): FeatureOutput {
  if (isNpy(path)) return new NpyFile(path);
  if (isHdf5(path)) return new Hdf5File(path);
  return new FeatureDatabase(path, backend);
}

/** Records as Caffe's extract_features writes them. */
class FeatureDatabase implements FeatureOutput {
  readonly #database: io.Database;
  #records = 0;

  constructor(path: string, backend: io.DatabaseBackend) {
    requireWritable(path);
    this.#database = writing(path, () => io.Database.create(path, { backend }));
  }

  add(_name: string, blob: Blob): void {
    const { num, channels, height, width, cpuData } = blob;
    const size = channels * height * width;
    for (let item = 0; item < num; item++) {
      const data = cpuData.slice(item * size, (item + 1) * size);
      const key = String(this.#records++).padStart(10, '0');
      this.#database.put(key, io.arrayToDatum({ data, shape: [channels, height, width] }));
      if (this.#records % 1000 === 0) this.#write('commit');
    }
  }

  #write(what: 'commit' | 'close'): void {
    writing(this.#database.path, () => {
      this.#database[what]();
    });
  }

  close(): string {
    this.#write('close');
    return `${this.#database.path}: ${this.#records.toLocaleString('en')} records`;
  }

  [Symbol.dispose](): void {
    this.#database.discard();
  }
}

/** The values of all batches, one below the other. */
class Rows {
  readonly #batches: Float32Array[] = [];
  #items = 0;
  #item: readonly number[] | undefined;

  add(name: string, { shape, cpuData }: Blob): void {
    const [items = 1, ...item] = shape;
    this.#item ??= item;
    if (item.join() !== this.#item.join()) {
      throw new Failure(`${name}: an item is ${shapeText(item)} now, and was ${shapeText(this.#item)} before`);
    }
    this.#items += items;
    this.#batches.push(cpuData.slice());
  }

  join(): { data: Float32Array; shape: number[] } {
    const shape = [this.#items, ...(this.#item ?? [])];
    const data = new Float32Array(shape.reduce((count, size) => count * size, 1));
    let offset = 0;
    for (const batch of this.#batches.splice(0)) {
      data.set(batch, offset);
      offset += batch.length;
    }
    return { data, shape };
  }
}

class NpyFile implements FeatureOutput {
  readonly #path: string;
  readonly #rows = new Rows();

  constructor(path: string) {
    requireWritable(path);
    this.#path = path;
  }

  add(name: string, blob: Blob): void {
    this.#rows.add(name, blob);
  }

  close(): string {
    const array = this.#rows.join();
    io.writeNpy(this.#path, array);
    return `${this.#path}: ${shapeText(array.shape)}`;
  }

  [Symbol.dispose](): void {
    // It is written in one go.
  }
}

/** A dataset for each blob, with its name. */
class Hdf5File implements FeatureOutput {
  readonly #path: string;
  readonly #rows = new Map<string, Rows>();
  #text: string | undefined;

  constructor(path: string) {
    requireWritable(path);
    this.#path = path;
  }

  add(name: string, blob: Blob): void {
    const rows = this.#rows.get(name) ?? new Rows();
    this.#rows.set(name, rows);
    rows.add(name, blob);
  }

  close(): string {
    this.#text ??= this.#write();
    return this.#text;
  }

  #write(): string {
    const datasets = [...this.#rows].map(([name, rows]) => ({ name, ...rows.join() }));
    writeAside(this.#path, (aside) => {
      native.writeHdf5(aside, datasets);
    });
    return `${this.#path}: ${datasets.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ')}`;
  }

  [Symbol.dispose](): void {
    // It is written in one go.
  }
}
