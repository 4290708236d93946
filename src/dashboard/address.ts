import { networkInterfaces } from 'node:os';

/** An address by which other machines reach this one, if it has any. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

/** The URL of a page. Of a server that listens on all addresses, with one of them. */
export function urlOf(host: string, port: number, token: string): string {
  const name = host === '0.0.0.0' || host === '::' ? ownAddress() : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}/?token=${token}`;
}
