import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Admission } from './admission.js';
import { RequestError, type Routes } from './routes.js';
import { Refused } from './solver-link.js';

/** Connections beyond these are refused. */
const mostConnections = 256;

const headers = {
  // The page loads nothing but its own files, and draws pictures that it has made itself.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

async function respond(
  admission: Admission,
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const path = request.url ?? '/';
  const address = `http://dashboard${path}`;
  if (!path.startsWith('/') || !URL.canParse(address)) throw new RequestError(400, 'expected a path');
  const url = new URL(address);
  const refusal = admission.refusal(request, url.searchParams.get('token'));
  if (refusal !== undefined) {
    throw new RequestError(
      refusal,
      refusal === 401 ? 'the address needs its token' : 'not for other hosts and origins',
    );
  }
  await routes.answer(request, response, url);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const status = error instanceof RequestError ? error.status : error instanceof Refused ? 409 : 500;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // What has not been read of an upload is not waited for.
  if (!request.complete) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${(error as Error).message}\n`);
}

/** Serves until it is closed. Rejects if it cannot listen there. */
export async function listen(
  { host, port }: { host: string; port: number },
  admission: Admission,
  routes: Routes,
): Promise<{ server: Server; port: number }> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, (request, response) => {
    response.on('error', () => response.destroy());
    respond(admission, routes, request, response).catch((error: unknown) => {
      fail(request, response, error);
    });
  });
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    // Also later: an error without a listener, such as too many open files, would end the thread.
    server.on('error', reject);
    server.listen(port, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}
