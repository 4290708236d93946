import type { Answer, Change, Update, WholeState } from '../messages.js';
import { connection, takeState, takeUpdate } from './model.js';

const token = new URLSearchParams(location.search).get('token') ?? '';

function address(path: string, query: Record<string, string> = {}): string {
  return `${path}?${new URLSearchParams({ ...query, token }).toString()}`;
}

/** How long to wait before the next try to connect, in milliseconds. */
const [firstWait, longestWait] = [500, 8000];
let wait = firstWait;
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

function dataOf(event: Event): unknown {
  return JSON.parse((event as MessageEvent<string>).data);
}

function open(): void {
  clearTimeout(timer);
  source = new EventSource(address('events'));
  source.addEventListener('state', (event) => {
    wait = firstWait;
    connection.value = 'open';
    takeState(dataOf(event) as WholeState);
  });
  source.addEventListener('update', (event) => {
    takeUpdate(dataOf(event) as Update);
  });
  source.addEventListener('error', () => {
    void lost();
  });
}

/** The browser's own tries end at the first answer that is an error, so these are the page's own. */
async function lost(): Promise<void> {
  source?.close();
  source = undefined;
  if (document.hidden) return;
  const refused = await fetch(address('events'), { method: 'HEAD' }).then(
    ({ status }) => status === 401 || status === 403,
    () => false,
  );
  // Meanwhile somebody may have looked away, and back: then it listens again already.
  if (document.hidden || source !== undefined) return;
  connection.value = refused ? 'refused' : 'lost';
  clearTimeout(timer);
  timer = setTimeout(open, wait);
  wait = Math.min(longestWait, wait * 2);
}

/** Listens to the server while the page is seen: a browser has few connections for all of its pages. */
export function connect(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    } else if (source === undefined) open();
  });
  if (!document.hidden) open();
}

async function answerOf<T>(response: Promise<Response>): Promise<T> {
  let answer: Response;
  try {
    answer = await response;
  } catch {
    throw new Error('the server does not answer');
  }
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return (await answer.json()) as T;
}

export type Order = { name: 'pause' | 'resume' | 'stop' | 'snapshot' | 'test' } | { name: 'change'; change: Change };

/** Asks the solver for something. Resolves when it is done. */
export function order(command: Order): Promise<Answer> {
  return answerOf(fetch(address('command'), { method: 'POST', body: JSON.stringify(command) }));
}

export function getJson<T>(path: string, query?: Record<string, string>): Promise<T> {
  return answerOf(fetch(address(path, query)));
}

export function postFile<T>(path: string, file: Blob): Promise<T> {
  return answerOf(fetch(address(path), { method: 'POST', body: file }));
}

export async function getDrawing(direction: 'LR' | 'TB'): Promise<SVGSVGElement> {
  const response = await fetch(address('net.svg', { direction }));
  if (!response.ok) throw new Error((await response.text()).trim());
  const drawing = new DOMParser().parseFromString(await response.text(), 'image/svg+xml');
  return document.importNode(drawing.documentElement, true) as unknown as SVGSVGElement;
}

/** The bytes of base64. */
export function bytesOf(base64: string): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(atob(base64), (character) => character.charCodeAt(0));
}
