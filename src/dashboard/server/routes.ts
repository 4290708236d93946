import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Command, NetDescription } from '../messages.js';
import type { BlobRecords } from './blob-records.js';
import { layOut } from './drawing.js';
import { decodeImage } from './image.js';
import type { Streams } from './streams.js';

/** A request that cannot be answered: a status of HTTP and what is wrong. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What the routes lead to. */
export interface Served {
  token: string;
  readOnly: boolean;
  streams: Streams;
  records: BlobRecords;
  net: () => NetDescription | undefined;
  /** Asks the solver, if there is one that can be asked. */
  ask: ((command: Command) => Promise<Answer>) | undefined;
}

const mostBytesOfCommand = 64 * 1024;
const mostBytesOfImage = 16 * 1024 * 1024;

const page = new URL('../page/', import.meta.url);
const files: Record<string, { name: string; type: string }> = {
  '/': { name: 'index.html', type: 'text/html; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/page.css': { name: 'page.css', type: 'text/css; charset=utf-8' },
};

/** What is too much is read up to here and dropped: a client that is cut off while it sends hears no answer. */
const mostDropped = 64 * 1024 * 1024;

/** Reads what the client sends, and keeps no more than it may. */
async function bodyOf(request: IncomingMessage, most: number): Promise<Buffer> {
  const tooMuch = new RequestError(413, `at most ${most} bytes are taken`);
  if (Number(request.headers['content-length'] ?? 0) > mostDropped) throw tooMuch;
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const each of request) {
    const piece = each as Buffer;
    size += piece.length;
    if (size > mostDropped) throw tooMuch;
    if (size <= most) pieces.push(piece);
    else pieces = [];
  }
  if (size > most) throw tooMuch;
  return Buffer.concat(pieces);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const plain = ['pause', 'resume', 'stop', 'snapshot', 'test'] as const;

/** Reads a command. The solver's thread looks at the values of a change. */
function commandIn(body: Buffer): Command {
  let command: unknown;
  try {
    command = JSON.parse(body.toString());
  } catch {
    throw new RequestError(400, 'the command is not JSON');
  }
  const name = isRecord(command) ? command['name'] : undefined;
  const known = plain.find((each) => each === name);
  if (known !== undefined) return { name: known };
  const change = isRecord(command) ? command['change'] : undefined;
  if (name === 'change' && isRecord(change)) return { name: 'change', change: change };
  throw new RequestError(400, `there is no such command; expected ${plain.join(', ')} or change`);
}

function layerIn(query: URLSearchParams, { layers }: NetDescription): number {
  const text = query.get('layer') ?? '';
  const layer = Number(text);
  if (/^\d+$/.test(text) && layer < layers.length) return layer;
  throw new RequestError(400, `expected layer from 0 to ${layers.length - 1}`);
}

/** The pages and data of a dashboard. Who asks has been admitted already. */
export class Routes {
  readonly #served: Served;
  readonly #drawings = new Map<string, Promise<string>>();

  constructor(served: Served) {
    this.#served = served;
  }

  async answer(request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): Promise<void> {
    if (request.method === 'POST') {
      await this.#post(pathname, request, response);
      return;
    }
    if (request.method !== 'GET') throw new RequestError(405, 'expected GET or POST');
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined;
    if (file !== undefined) this.#sendFile(response, file);
    else await this.#get(pathname, searchParams, response);
  }

  #sendFile(response: ServerResponse, { name, type }: { name: string; type: string }): void {
    const content = readFileSync(new URL(name, page));
    const isPage = name === 'index.html';
    response.setHeader('content-type', type);
    response.end(isPage ? content.toString().replaceAll('{token}', this.#served.token) : content);
  }

  async #get(path: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const { streams, records } = this.#served;
    switch (path) {
      case '/events':
        if (streams.isFull) throw new RequestError(503, 'too many pages are open');
        streams.add(response);
        return;
      case '/net': {
        const { name, layers, image } = this.#net;
        sendJson(response, { name, layers, image, times: records.times, troubled: records.troubled });
        return;
      }
      case '/net.svg':
        response.setHeader('content-type', 'image/svg+xml');
        response.end(await this.#drawing(query.get('direction') === 'TB' ? 'TB' : 'LR'));
        return;
      case '/blobs': {
        const { times, troubled } = records;
        sendJson(response, { times, troubled, records: records.of(layerIn(query, this.#net)) });
        return;
      }
      case '/pictures':
        sendJson(response, await this.#ask({ name: 'pictures', layer: layerIn(query, this.#net) }));
        return;
      default:
        throw new RequestError(404, 'there is no such page');
    }
  }

  async #post(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === '/command') {
      if (this.#served.readOnly) throw new RequestError(403, 'this dashboard is read-only');
      sendJson(response, await this.#ask(commandIn(await bodyOf(request, mostBytesOfCommand))));
    } else if (path === '/classify') {
      const { image } = this.#net;
      if (image === undefined) throw new RequestError(409, 'the net takes no image');
      const pixels = await this.#decoded(await bodyOf(request, mostBytesOfImage), image);
      sendJson(response, await this.#ask({ name: 'classify', pixels }));
    } else throw new RequestError(404, 'there is no such page');
  }

  async #decoded(bytes: Buffer, image: NonNullable<NetDescription['image']>): Promise<Uint8Array> {
    try {
      return await decodeImage(bytes, image);
    } catch (error) {
      throw new RequestError(400, `the image cannot be read: ${(error as Error).message}`);
    }
  }

  get #net(): NetDescription {
    const net = this.#served.net();
    if (net === undefined) throw new RequestError(404, 'there is no net: the run is over');
    return net;
  }

  #ask(command: Command): Promise<Answer> {
    const { ask } = this.#served;
    if (ask === undefined) throw new RequestError(409, 'there is no solver: the run is over');
    return ask(command);
  }

  #drawing(direction: 'LR' | 'TB'): Promise<string> {
    const drawn = this.#drawings.get(direction) ?? layOut(this.#net.dot[direction]);
    this.#drawings.set(direction, drawn);
    return drawn;
  }
}

/** Arrays of bytes go as base64. */
function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify(value, (_key, each: unknown) =>
      each instanceof Uint8Array ? Buffer.from(each).toString('base64') : each,
    ),
  );
}
