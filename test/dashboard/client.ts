import { get, request, type IncomingMessage } from 'node:http';
import type { ExecutionContext } from 'ava';

/** A curve as a page gets it. */
export interface Points {
  x: number[];
  y: (number | null)[];
}

/** What a page gets first. */
export interface State {
  readOnly: boolean;
  runs: { name: string; curves: Record<string, Points>; marks: Mark[] }[];
  status: { state: string; iter: number; settings: { lr: number; momentum: number; weightDecay: number } };
}

export interface Mark {
  iter: number;
  kind: string;
  text: string;
}

/** What it gets from then on. */
export interface Update {
  rows?: { names: string[]; values: (number | null)[] }[];
  tests?: { iter: number; outputs: Record<string, number> }[];
  marks?: Mark[];
  status?: State['status'];
}

/** The address of a part of a dashboard. */
export function address(url: string, path: string, query = ''): string {
  const { origin, search } = new URL(url);
  return `${origin}/${path}${search}${query}`;
}

/** Asks a dashboard for something, as its page does. */
export async function command(url: string, body: object | string): Promise<{ status: number; text: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(address(url, 'command'), { method: 'POST', body: text });
  return { status: answer.status, text: await answer.text() };
}

/** The status that a plain request gets, with headers that fetch does not let one set. */
export function statusFor(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, method, agent: false }, (response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

/** A page's event stream. */
export class Stream {
  readonly #events: AsyncIterator<[name: string, data: unknown]>;

  private constructor(response: IncomingMessage) {
    this.#events = eventsOf(response);
  }

  static open(t: ExecutionContext, url: string): Promise<Stream> {
    return new Promise((resolve, reject) => {
      const sent = get(address(url, 'events'), { agent: false }, (response) => {
        t.teardown(() => response.destroy());
        resolve(new Stream(response));
      });
      sent.on('error', reject);
    });
  }

  async #next(): Promise<[name: string, data: unknown]> {
    const next = await this.#events.next();
    if (next.done === true) throw new Error('the stream has ended');
    return next.value;
  }

  async state(): Promise<State> {
    const [name, data] = await this.#next();
    if (name !== 'state') throw new Error(`expected the state but received ${name}`);
    return data as State;
  }

  /** Reads until the stream has told of an iteration: in an update, or in the state that comes after a gap. */
  async untilIteration(iter: number): Promise<(Update | State)[]> {
    return this.until((told) => {
      if ('runs' in told) return told.runs[0]?.curves['loss']?.x.at(-1) === iter;
      return (told.rows ?? []).some(({ values }) => values.includes(iter));
    });
  }

  /** Reads until something satisfies. */
  async until(satisfies: (told: Update | State) => boolean): Promise<(Update | State)[]> {
    const all: (Update | State)[] = [];
    for (;;) {
      const [, told] = await this.#next();
      all.push(told as Update | State);
      if (satisfies(told as Update | State)) return all;
    }
  }
}

async function* eventsOf(response: IncomingMessage): AsyncGenerator<[name: string, data: unknown], void> {
  let pieces: string[] = [];
  for await (const piece of response.setEncoding('utf8')) {
    pieces.push(piece as string);
    if (!(piece as string).includes('\n')) continue;
    const events = pieces.join('').split('\n\n');
    pieces = [events.pop() ?? ''];
    for (const event of events) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
      if (name !== undefined) yield [name, JSON.parse(data) as unknown];
    }
  }
}

/** The state of now. */
export async function stateOf(t: ExecutionContext, url: string): Promise<State> {
  return (await Stream.open(t, url)).state();
}
