import { hostname } from 'node:os';
import { onLog, type LogLine, type LogSeverity } from '../../index.js';
import { TextFile } from '../text-file.js';

const letters: Record<LogSeverity, string> = { info: 'I', warning: 'W', error: 'E' };

const two = (number: number): string => String(number).padStart(2, '0');

/** `1129 02:10:35.123456`, as glog dates its lines. */
function stamp(): string {
  const now = new Date();
  const micros = Math.floor((performance.timeOrigin + performance.now()) * 1000) % 1_000_000;
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(':');
  return `${two(now.getMonth() + 1)}${two(now.getDate())} ${time}.${String(micros).padStart(6, '0')}`;
}

/** Writes Caffe's log to a file as Caffe's tool does, so that what reads its logs reads this one. */
export class CaffeLog implements Disposable {
  readonly #file: TextFile;
  readonly #end: () => void;

  /** @param fail - is told when a line could not be written: it must not be thrown at Caffe */
  constructor(path: string, fail: (error: unknown) => void) {
    this.#file = new TextFile(path, 'w');
    const now = new Date();
    const date = `${now.getFullYear()}/${two(now.getMonth() + 1)}/${two(now.getDate())} ${now.toTimeString().slice(0, 8)}`;
    this.#file.write(
      `Log file created at: ${date}\nRunning on machine: ${hostname()}\n` +
        'Log line format: [IWEF]mmdd hh:mm:ss.uuuuuu threadid file:line] msg\n',
    );
    this.#end = onLog((line) => {
      try {
        this.#add(line);
      } catch (error) {
        fail(error);
      }
    });
  }

  #add({ severity, source, text }: LogLine): void {
    const thread = String(process.pid).padStart(5);
    this.#file.write(`${letters[severity]}${stamp()} ${thread} ${source}] ${text.replace(/\n$/, '')}\n`);
  }

  [Symbol.dispose](): void {
    this.#end();
    this.#file[Symbol.dispose]();
  }
}
