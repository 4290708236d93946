import { watch, type FSWatcher } from 'node:fs';
import { dirname, join } from 'node:path';

/** An editor writes a file in several steps: what comes within this many milliseconds is one change. */
const oneChange = 50;

/** Tells of files that change, until it is disposed. */
export class FileWatch implements Disposable {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #tell: () => void;
  #files: ReadonlySet<string> = new Set();
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /** @param tell - is called after a change, once until {@link take} */
  constructor(tell: () => void) {
    this.#tell = tell;
  }

  /** Watches these files, and no others. Folders are watched: an editor may put a new file in the old one's place. */
  set files(files: ReadonlySet<string>) {
    this.#files = files;
    const folders = new Set([...files].map((file) => dirname(file)));
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null) this.#note(join(folder, name));
      });
      this.#watchers.set(folder, watcher);
    }
  }

  #note(file: string): void {
    if (!this.#files.has(file)) return;
    this.#changed.add(file);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#tell, oneChange);
  }

  /** The files that have changed since the last call. */
  take(): Set<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
  }
}
