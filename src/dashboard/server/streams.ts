import type { ServerResponse } from 'node:http';

/** How many pages may listen at a time. */
const mostStreams = 128;
/** What may wait for a slow reader. One that has more waiting misses what comes, and gets the whole state later. */
const mostWaiting = 256 * 1024;

function eventOf(name: string, data: unknown): Buffer {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** How often the whole state is sent to one that falls behind again and again, in milliseconds. */
const leastPause = 1000;

/** A page that listens. */
interface Stream {
  response: ServerResponse;
  /** Whether it has missed something, and needs the whole state. */
  isBehind: boolean;
  /** When it got the whole state. */
  wholeSince: number;
}

/** The event streams of all pages. However slow they read, they cost a bounded amount of memory. */
export class Streams {
  readonly #streams = new Set<Stream>();
  readonly #flush: () => void;
  readonly #wholeState: () => unknown;
  /** The whole state as it is sent, until something changes. Streams that wait for it share it. */
  #whole: Buffer | undefined;

  /**
   * @param flush - sends what is new to those who have the state before it
   * @param wholeState - what a page gets first, and when it has missed something
   */
  constructor(flush: () => void, wholeState: () => unknown) {
    this.#flush = flush;
    this.#wholeState = wholeState;
  }

  get isFull(): boolean {
    return this.#streams.size >= mostStreams;
  }

  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  add(response: ServerResponse): void {
    const stream: Stream = { response, isBehind: true, wholeSince: 0 };
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
    response.on('drain', () => {
      if (stream.isBehind) this.#catchUp(stream);
    });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 1000\n\n');
    this.#sendWhole(stream);
  }

  #catchUp(stream: Stream): void {
    const wait = stream.wholeSince + leastPause - performance.now();
    setTimeout(
      () => {
        if (stream.isBehind && this.#streams.has(stream)) this.#sendWhole(stream);
      },
      Math.max(0, wait),
    );
  }

  #sendWhole(stream: Stream): void {
    stream.wholeSince = performance.now();
    this.#flush();
    this.#whole ??= eventOf('state', this.#wholeState());
    stream.isBehind = false;
    stream.response.write(this.#whole);
  }

  /** Sends what is new to all who keep up. */
  send(update: unknown): void {
    this.#whole = undefined;
    if (this.isEmpty) return;
    const event = eventOf('update', update);
    for (const stream of this.#streams) {
      if (stream.isBehind) continue;
      if (stream.response.writableLength + event.length > mostWaiting) stream.isBehind = true;
      else stream.response.write(event);
      // It is all on its way already: there will be no drain.
      if (stream.isBehind && !stream.response.writableNeedDrain) this.#catchUp(stream);
    }
  }

  /** Keeps connections open through what drops silent ones, and finds those that are gone. */
  beat(): void {
    for (const { response } of this.#streams) if (!response.writableNeedDrain) response.write(': \n\n');
  }

  close(): void {
    for (const { response } of this.#streams) response.end();
  }
}
