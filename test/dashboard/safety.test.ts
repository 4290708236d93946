import { createConnection } from 'node:net';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { SGDSolver } from 'tscaffe';
import { dashboard, type Dashboard, type DashboardOptions } from 'tscaffe/dashboard';
import { scratchFolder } from '../scratch-folder.js';
import { address, command, statusFor, Stream } from './client.js';
import { net, solverText } from './solver.js';

async function open(t: ExecutionContext, options?: DashboardOptions, ofNet = net): Promise<[SGDSolver, Dashboard]> {
  const solver = new SGDSolver({ text: solverText(scratchFolder(t), '', ofNet) });
  const board = await dashboard(solver, options);
  t.teardown(() => board.close());
  return [solver, board];
}

const all = ['', 'page.js', 'page.css', 'events', 'net', 'net.svg', 'blobs', 'pictures', 'command', 'classify', 'x'];

test('it listens on the loopback address alone, on a free port, with another token each time', async (t) => {
  const [[, one], [, other]] = [await open(t), await open(t)];
  const [a, b] = [new URL(one.url), new URL(other.url)];
  t.is(a.hostname, '127.0.0.1');
  t.not(a.port, b.port);
  t.regex(a.searchParams.get('token') ?? '', /^[\da-f]{48}$/);
  t.not(a.search, b.search);
});

test('nothing is told without the token', async (t) => {
  const [, board] = await open(t);
  const { origin, search } = new URL(board.url);
  for (const path of all) {
    for (const wrong of ['', '?token=', `${search}0`, search.slice(0, -1), '?token=%00', '?token=é']) {
      t.is(await statusFor(`${origin}/${path}${wrong}`), 401, `${path} ${wrong}`);
      t.is(await statusFor(`${origin}/${path}${wrong}`, {}, 'POST'), 401, `${path} ${wrong}`);
    }
  }
  t.is(await statusFor(board.url), 200);
});

test('another host or origin is refused, with the token too', async (t) => {
  const [, board] = await open(t);
  const { host, port } = new URL(board.url);
  const wrong: Record<string, string>[] = [
    { host: 'evil.example' },
    { host: `evil.example:${port}` },
    { host: `127.0.0.1.evil.example:${port}` },
    { host: `evil.example@127.0.0.1:${port}` },
    { host: '10.0.0.1' },
    { host, origin: 'http://evil.example' },
    { host, origin: 'null' },
    { host, origin: `https://${host}` },
    { host, origin: `http://127.0.0.1:${Number(port) + 1}` },
    { host, 'sec-fetch-site': 'cross-site' },
    { host, 'sec-fetch-site': 'same-site' },
  ];
  for (const path of all) {
    for (const headers of wrong) {
      t.is(await statusFor(address(board.url, path), headers), 403, `${path} ${JSON.stringify(headers)}`);
      t.is(await statusFor(address(board.url, path), headers, 'POST'), 403, `${path} ${JSON.stringify(headers)}`);
    }
  }
  for (const right of [{ host }, { host: `localhost:${port}` }, { host, origin: `http://${host}` }]) {
    t.is(await statusFor(board.url, right), 200);
  }
});

test('a page of another site cannot read or run anything of it', async (t) => {
  const [, board] = await open(t);
  for (const path of all) {
    const { headers } = await fetch(address(board.url, path === 'events' ? 'net' : path));
    const policy = headers.get('content-security-policy') ?? '';
    t.regex(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    t.notRegex(policy, /unsafe|\*|https?:/);
    t.regex(policy, /frame-ancestors 'none'/);
    t.is(headers.get('access-control-allow-origin'), null);
    t.is(headers.get('x-content-type-options'), 'nosniff');
    t.is(headers.get('referrer-policy'), 'no-referrer');
    t.is(headers.get('cross-origin-resource-policy'), 'same-origin');
    t.is(headers.get('cache-control'), 'no-store');
  }
});

test('a read-only dashboard shows all and steers nothing', async (t) => {
  const [solver, board] = await open(t, { readOnly: true });
  for (const name of ['pause', 'resume', 'stop', 'snapshot', 'test']) {
    t.is((await command(board.url, { name })).status, 403);
  }
  t.is((await command(board.url, { name: 'change', change: { lr: 1 } })).status, 403);
  t.is(solver.lr, 0.001);
  t.true((await (await Stream.open(t, board.url)).state()).readOnly);
});

test('what is no command is refused, and changes nothing', async (t) => {
  const [solver, board] = await open(t);
  const wrong: [body: object | string, status: number][] = [
    ['', 400],
    ['{', 400],
    ['null', 400],
    ['[]', 400],
    [{}, 400],
    [{ name: 'exit' }, 400],
    [{ name: 'pictures', layer: 0 }, 400],
    [{ name: 'change' }, 400],
    [{ name: 'change', change: [] }, 400],
    [{ name: 'change', change: {} }, 409],
    [{ name: 'change', change: { lr: -1 } }, 409],
    [{ name: 'change', change: { lr: '1' } }, 409],
    [{ name: 'change', change: { momentum: 1 } }, 409],
    [{ name: 'change', change: { maxIter: 1 } }, 409],
    [{ name: 'change', change: { lr: 0.5, momentum: -1 } }, 409],
    [{ name: 'change', change: { multiplier: { layer: 'conv', blob: 2, lr: 1 } } }, 409],
    [{ name: 'change', change: { multiplier: { layer: 'konv', blob: 0, lr: 1 } } }, 409],
    [{ name: 'change', change: { multiplier: { layer: '__proto__', blob: 0, lr: 1 } } }, 409],
    // Of what is right and what is wrong, nothing is done.
    [{ name: 'change', change: { multiplier: { layer: 'conv', blob: 0, lr: 0.5 }, lr: -1 } }, 409],
    [{ name: 'change', change: { multiplier: { layer: 'conv', blob: 0, lr: 0.5, decay: -1 } } }, 409],
    [{ name: 'change', change: { lr: 0.5, weightDecay: -1 } }, 409],
    ['x'.repeat(65 * 1024), 413],
  ];
  for (const [body, status] of wrong) {
    const answer = await command(board.url, body);
    t.is(answer.status, status, `${JSON.stringify(body).slice(0, 80)}: ${answer.text}`);
    t.regex(answer.text, /^.+\n$/);
  }
  t.deepEqual([solver.lr, solver.param.momentum], [0.001, 0.9]);
  const { paramsLr, paramsWeightDecay } = solver.net;
  t.deepEqual(
    [[...paramsLr['conv']], [...paramsWeightDecay['conv']]],
    [
      [1, 1],
      [1, 1],
    ],
  );
  for (const layer of ['-1', '5.5', '99', 'x', '']) {
    t.is(await statusFor(address(board.url, 'blobs', `&layer=${layer}`)), 400, layer);
  }
});

test('an upload is bounded before it is read, and what is no image is refused', async (t) => {
  const [, board] = await open(t);
  const upload = (body: Uint8Array): Promise<Response> =>
    fetch(address(board.url, 'classify'), { method: 'POST', body });
  const answer = await upload(new Uint8Array(1000));
  t.is(answer.status, 400);
  t.regex(await answer.text(), /^the image cannot be read: /);
  const length = { 'content-length': String(2 ** 40) };
  t.is(await statusFor(address(board.url, 'classify'), length, 'POST'), 413);
  t.is((await upload(new Uint8Array(16 * 1024 * 1024 + 1))).status, 413);
  // An image of a few bytes may have billions of pixels.
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"/>');
  t.is((await upload(svg)).status, 400);
});

test('names from a prototxt arrive as they are, and nowhere as markup of a page', async (t) => {
  const name = '<img src=x onerror=alert(1)>';
  const hostile = net.replaceAll('"conv"', JSON.stringify(name)).replace('"small"', JSON.stringify(name));
  const [, board] = await open(t, {}, hostile);
  const described = (await (await fetch(address(board.url, 'net'))).json()) as { layers: { name: string }[] };
  t.true(described.layers.some((layer) => layer.name === name));
  t.notRegex(await (await fetch(board.url)).text(), /<img/);
  for (const direction of ['LR', 'TB']) {
    const drawing = await fetch(address(board.url, 'net.svg', `&direction=${direction}`));
    t.is(drawing.headers.get('content-type'), 'image/svg+xml');
    const svg = await drawing.text();
    t.notRegex(svg, /<img/);
    t.true(svg.includes('&lt;img'));
    t.true(svg.includes('id="layer&#45;1"'));
  }
});

test('hundred pages that read nothing do not slow the training or gather its numbers', async (t) => {
  // An iteration has 150 numbers, some 3 kB: 4,000 of them for hundred pages would be 1.2 GB.
  const noise =
    'layer { name: "noise" type: "DummyData" top: "noise" dummy_data_param { shape { dim: 150 } data_filler { type: "gaussian" } } }';
  const [solver, board] = await open(t, { histograms: 0 }, net + noise);
  const { port, hostname, host } = new URL(board.url);
  const path = new URL(address(board.url, 'events'));
  const sockets = Array.from({ length: 100 }, () => createConnection({ port: Number(port), host: hostname }).pause());
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) socket.write(`GET ${path.pathname}${path.search} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  const [reader, slow] = [await Stream.open(t, board.url), await Stream.open(t, board.url)];
  await reader.state();
  const before = process.memoryUsage().rss;
  await Promise.all([solver.stepAsync(4000), reader.untilIteration(4000)]);
  t.true(process.memoryUsage().rss - before < 400e6);
  // One that reads again gets the whole state, not what it has missed piece by piece.
  const told = await slow.untilIteration(4000);
  t.true(told.filter((each) => 'runs' in each).length >= 2);
});

test('more pages than it serves are told so', async (t) => {
  const [, board] = await open(t);
  const streams = await Promise.all(Array.from({ length: 128 }, () => Stream.open(t, board.url)));
  await Promise.all(streams.map((stream) => stream.state()));
  t.is(await statusFor(address(board.url, 'events')), 503);
  t.is(await statusFor(board.url), 200);
});

test('options that there are not, and values that they do not take, are refused', async (t) => {
  const solver = new SGDSolver({ text: solverText(scratchFolder(t)) });
  const wrong: [options: object, error: unknown][] = [
    [{ prot: 1 }, TypeError],
    [{ port: -1 }, RangeError],
    [{ port: '80' }, TypeError],
    [{ host: '' }, RangeError],
    [{ host: 1 }, TypeError],
    [{ token: 'short' }, RangeError],
    [{ token: 'with spaces in it, too' }, RangeError],
    [{ readOnly: 1 }, TypeError],
    [{ histograms: -1 }, RangeError],
    [{ history: 1 }, TypeError],
    [{ compare: 'x' }, TypeError],
    [{ labels: [1] }, TypeError],
  ];
  for (const [options, instanceOf] of wrong) {
    await t.throwsAsync(
      dashboard(solver, options),
      { instanceOf: instanceOf as ErrorConstructor },
      JSON.stringify(options),
    );
  }
  await t.throwsAsync(dashboard({} as SGDSolver), { instanceOf: TypeError });
  await t.throwsAsync(dashboard(solver, { compare: ['/no/such/file'] }), { code: 'ERR_CAFFE_FILE' });
});

test('a port that is taken is an error, and a closed dashboard frees its own', async (t) => {
  const [solver, board] = await open(t);
  const port = Number(new URL(board.url).port);
  await t.throwsAsync(dashboard(solver, { port }), { code: 'ERR_CAFFE_FILE', message: /EADDRINUSE/ });
  await board.close();
  await board.close();
  await t.throwsAsync(statusFor(board.url), { message: /ECONNREFUSED/ });
  const again = await dashboard(solver, { port });
  t.is(await statusFor(again.url), 200);
  await again.close();
});
