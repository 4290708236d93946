import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** A key to the page, which nobody guesses. */
export function newToken(): string {
  return randomBytes(24).toString('hex');
}

/** `example.org` of `example.org:8080`, `::1` of `[::1]:8080`. */
function nameIn(host: string): string {
  const [, name = ''] = /^(\[[\da-f:.]+\]|[^:[\]/@?#]+)(:\d{1,5})?$/i.exec(host) ?? [];
  return name.replace(/^\[|\]$/g, '').toLowerCase();
}

const loopback = new Set(['127.0.0.1', 'localhost', '::1']);

/**
 * Who may ask for something. A page of another site can send requests to this server: by a name that leads here (DNS
 * rebinding), or with its own name as their origin (CSRF). The port is not looked at: a tunnel may have another one.
 */
export class Admission {
  readonly #token: Buffer;
  readonly #listensOn: string;

  constructor(token: string, listensOn: string) {
    this.#token = Buffer.from(token);
    this.#listensOn = listensOn.toLowerCase();
  }

  /** The status to refuse a request with; undefined if it may pass. */
  refusal({ headers }: IncomingMessage, token: string | null): 401 | 403 | undefined {
    const { host = '', origin } = headers;
    if (!this.#isOwn(nameIn(host))) return 403;
    if (origin !== undefined && origin !== `http://${host}`) return 403;
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return 403;
    return this.#isToken(token ?? '') ? undefined : 401;
  }

  #isOwn(name: string): boolean {
    if (loopback.has(name) || name === this.#listensOn) return true;
    // On other addresses than the loopback, it may be asked for by any address, which no name server can change.
    return !loopback.has(this.#listensOn) && (isIP(name) !== 0 || name === hostname().toLowerCase());
  }

  #isToken(token: string): boolean {
    const given = Buffer.from(token);
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }
}
