import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import type { Browser, Page, Route } from 'playwright-core';
import sharp from 'sharp';
import { SGDSolver } from 'tscaffe';
import { dashboard, type Dashboard, type DashboardOptions } from 'tscaffe/dashboard';
import { hasChromium, launch, skip } from '../chromium.js';
import { scratchFolder } from '../scratch-folder.js';
import { EndlessRun } from '../unit/endless-run.js';
import { numberIn, openPage, seriousFinds } from './browser.js';
import { net, solverText } from './solver.js';

const test = anyTest as TestFn<{ browser: Browser }>;
let browser: Browser;
test.before(async () => {
  if (hasChromium) browser = await launch();
});
test.after.always(async () => {
  if (hasChromium) await browser.close();
});

/** A test that needs a browser. */
function inBrowser(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  test.serial(title, hasChromium ? body : skip);
}

interface Open {
  solver: SGDSolver;
  board: Dashboard;
  folder: string;
}

async function open(t: ExecutionContext, options?: DashboardOptions, ofNet = net): Promise<Open> {
  const folder = scratchFolder(t);
  const solver = new SGDSolver({ text: solverText(folder, 'max_iter: 1000000', ofNet) });
  const board = await dashboard(solver, options);
  t.teardown(() => board.close());
  return { solver, board, folder };
}

const button = (page: Page, name: string): ReturnType<Page['getByRole']> => page.getByRole('button', { name });
const state = (page: Page, word: string): Promise<void> => page.locator('.state', { hasText: word }).waitFor();
/** The number of points of a chart. */
const pointsOf = async (page: Page, title: string): Promise<number> =>
  Number(await page.locator(`[data-chart="${title}"]`).getAttribute('data-points'));

/**
 * Waits until a chart has come to an iteration; the number of its points does not say so, for of more than 4096 it
 * leaves some out. A function, though as text, because there is no DOM here: Playwright evaluates it once, and other
 * text again and again, which the page's policy forbids from the second time on.
 */
async function waitForIteration(page: Page, title: string, iter: number): Promise<void> {
  const hasCome = `([title, iter]) =>
    Number(document.querySelector('[data-chart="' + title + '"]')?.dataset.last) >= iter`;
  await page.waitForFunction(hasCome, [title, iter]);
}

/** Runs until it is aborted, but lets pages have the processor. */
function train(solver: SGDSolver): EndlessRun {
  return new EndlessRun(async (signal) => {
    while (!signal.aborted) {
      await solver.stepAsync(20, { signal });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

inBrowser('the curve grows, and Pause, Resume, Snapshot, Test and Stop do what they say', async (t) => {
  const { solver, board, folder } = await open(t);
  const page = await openPage(t, browser, board.url);
  await using run = train(solver);
  await page.locator('[data-chart="loss"] canvas').waitFor();
  await waitForIteration(page, 'loss', solver.iter + 20);
  await button(page, 'Pause').click();
  await state(page, 'Paused');
  const at = solver.iter;
  await button(page, 'Snapshot').click();
  await page.getByText(`Iteration ${at.toLocaleString('en')}: snapshot`).waitFor();
  t.true(existsSync(join(folder, `small_iter_${at}.solverstate`)));
  await button(page, 'Test').click();
  await page.locator('[data-chart="accuracy"] canvas').waitFor();
  t.is(await pointsOf(page, 'accuracy'), 1);
  t.is(solver.iter, at);
  t.is(await numberIn(page, 'Iteration'), at);
  t.is(await numberIn(page, 'Loss'), solver.loss);
  await button(page, 'Resume').click();
  await state(page, 'Training');
  await run.until(() => solver.iter > at);
  await button(page, 'Stop').click();
  await state(page, 'Stopped');
  t.true(board.signal.aborted);
  const events = await page.getByRole('region', { name: 'Events' }).innerText();
  for (const text of ['paused', 'snapshot', 'tested', 'resumed', 'stopped']) t.true(events.includes(text), text);
});

inBrowser('settings are changed, and a mistake is told of', async (t) => {
  const { solver, board } = await open(t);
  const page = await openPage(t, browser, board.url);
  await page.getByLabel('Learning rate').fill('0.02');
  await page.getByLabel('Momentum').fill('0.5');
  await button(page, 'Apply').click();
  await page.getByText('learning rate 0.001 → 0.02, momentum 0.9 → 0.5').first().waitFor();
  t.deepEqual([solver.lr, solver.param.momentum], [0.02, 0.5]);
  await page.getByLabel('Weight decay').fill('-1');
  await button(page, 'Apply').click();
  await page.getByText('Expected a number from 0 on for weightDecay but received -1').waitFor();
  await page.getByLabel('Weight decay').fill('');
  await page.getByLabel('Learning rate').fill('0.0.1');
  await button(page, 'Apply').click();
  await page.getByText('Learning rate: expected a number but received “0.0.1”').waitFor();
  t.deepEqual([solver.lr, solver.param.momentum], [0.02, 0.5]);
  await page.getByText('Multipliers').click();
  await page.getByLabel('lr multiplier of conv, blob 0').fill('0');
  await page.getByLabel('lr multiplier of conv, blob 0').press('Enter');
  await page.getByText('lr_mult of conv[0] 1 → 0').first().waitFor();
  t.is(solver.net.paramsLr['conv'][0], 0);
  await button(page, 'Rate by policy').click();
  await page.getByText('learning rate by its policy (fixed)').first().waitFor();
  t.is(solver.lr, 0.001);
});

inBrowser('two pages agree, and a page that comes late or is reloaded has the whole run', async (t) => {
  const { solver, board } = await open(t);
  const first = await openPage(t, browser, board.url);
  await using run = train(solver);
  await run.until(() => solver.iter > 100);
  const second = await openPage(t, browser, board.url);
  await button(first, 'Pause').click();
  await state(second, 'Paused');
  await state(first, 'Paused');
  for (const page of [first, second]) {
    await waitForIteration(page, 'loss', solver.iter);
  }
  t.is(await numberIn(first, 'Loss'), await numberIn(second, 'Loss'));
  await button(second, 'Resume').click();
  await state(first, 'Training');
  await first.reload();
  await waitForIteration(first, 'loss', solver.iter);
  t.true((await pointsOf(first, 'loss')) > 100);
});

inBrowser('a page finds the server again after its restart, and says so while it cannot', async (t) => {
  const token = 'the-token-of-this-test';
  const { solver, board, folder } = await open(t, { token });
  solver.step(5);
  const page = await openPage(t, browser, board.url);
  await page.locator('[data-chart="loss"][data-points="5"]').waitFor();
  const port = Number(new URL(board.url).port);
  solver.snapshot();
  await board.close();
  await state(page, 'Offline');
  t.true(await button(page, 'Pause').isDisabled());
  const again = new SGDSolver({ text: solverText(folder) });
  again.restore(join(folder, 'small_iter_5.solverstate'));
  const other = await dashboard(again, { port, token });
  t.teardown(() => other.close());
  await state(page, 'Waiting');
  again.step(5);
  await page.locator('[data-chart="loss"][data-points="10"]').waitFor();
  // Another token than that of the page.
  await other.close();
  const third = await dashboard(again, { port });
  t.teardown(() => third.close());
  await page.getByText('with another address').waitFor();
  t.pass();
});

inBrowser('a page that is hidden and shown while it looks for the server listens once', async (t) => {
  const token = 'the-token-of-this-test';
  const { solver, board } = await open(t, { token });
  const page = await openPage(t, browser, board.url);
  await state(page, 'Waiting');
  // The page asks how it stands with the server. The answer waits until it listens to the next server.
  let asked: (route: Route) => void;
  const asking = new Promise<Route>((resolve) => (asked = resolve));
  await page.route(/\/events\?/, async (route) => {
    if (route.request().method() === 'HEAD') asked(route);
    else await route.continue();
  });
  await board.close();
  const question = await asking;
  const other = await dashboard(solver, { token, port: Number(new URL(board.url).port) });
  t.teardown(() => other.close());
  await page.evaluate(`for (const hidden of [true, false]) {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }`);
  solver.step(5);
  await page.locator('[data-chart="loss"][data-points="5"]').waitFor();
  await Promise.all([
    page.waitForEvent('requestfailed', (request) => request === question.request()),
    question.abort(),
  ]);
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
  t.is(await page.locator('.state', { hasText: 'Offline' }).count(), 0);
});

inBrowser('a wrong token shows nothing', async (t) => {
  const { board } = await open(t);
  const page = await openPage(t, browser, `${board.url}0`);
  t.is((await page.locator('body').innerText()).trim(), 'the address needs its token');
});

inBrowser('hostile names are text wherever they are shown', async (t) => {
  const hostile = '<img src=x onerror=alert(1)>"\\\'</script><script>alert(2)</script>';
  const named = net
    .replaceAll('"conv"', JSON.stringify(hostile))
    .replace('"small"', JSON.stringify(`${hostile} net`))
    .replaceAll('top: "loss"', `top: ${JSON.stringify(`${hostile} loss`)}`);
  const { solver, board } = await open(t, { labels: [hostile] }, named);
  solver.step(3);
  solver.test();
  const page = await openPage(t, browser, board.url);
  await page.getByText(`${hostile} net`).first().waitFor();
  await page.locator('.chart').first().waitFor();
  await page.getByRole('tab', { name: 'Net' }).click();
  await page.locator('.drawing svg').waitFor();
  await page.getByLabel('Layer', { exact: true }).selectOption({ index: 1 });
  await page.getByRole('article', { name: hostile }).waitFor();
  await page.locator('.distribution').first().waitFor();
  await page.getByRole('tab', { name: 'Try it' }).click();
  t.is(await page.locator('img, body script').count(), 0);
});

inBrowser('the net shows its layers, their values and pictures', async (t) => {
  const { solver, board } = await open(t, { histograms: 5 });
  solver.step(20);
  const page = await openPage(t, browser, `${board.url}#net`);
  await page.locator('#layer-1').click();
  const layer = page.getByRole('article', { name: 'Layer conv' });
  await layer.waitFor();
  await layer.locator('.distribution').nth(4).waitFor();
  const text = await layer.innerText();
  for (const part of ['(8, 1, 5, 5)', '(8, 8, 8, 8)', 'update / weights', 'Filters', 'Feature maps']) {
    t.true(text.includes(part), part);
  }
  t.is(await layer.locator('.pictures canvas').count(), 16);
  await page.getByLabel('Layer', { exact: true }).selectOption({ label: 'relu (ReLU)' });
  await page.getByRole('article', { name: 'Layer relu' }).getByText('dead channels').waitFor();
});

inBrowser('NaN is shown at once, with the layers that have it', async (t) => {
  const { solver, board } = await open(t, { histograms: 1 });
  solver.step(2);
  const page = await openPage(t, browser, board.url);
  await page.locator('.chart').first().waitFor();
  solver.net.params['ip'][0].data[0] = NaN;
  solver.step(1);
  await page.getByText('The loss is NaN since iteration 3').waitFor();
  await page.getByRole('tab', { name: 'Net' }).click();
  await page.locator('.drawing .troubled').first().waitFor();
  t.true((await page.locator('.toolbar .notice').innerText()).includes('ip'));
});

inBrowser('an image is classified with the weights of now, and shows which pixels count', async (t) => {
  const { solver, board } = await open(t, { labels: ['a', 'b', 'c', 'the one', 'e'] });
  // The net learns that everything is of class 3.
  solver.step(100);
  const page = await openPage(t, browser, `${board.url}#try`);
  const pixels = Buffer.from(Uint8Array.from({ length: 144 }, (_, i) => (i * 37) % 256));
  const buffer = await sharp(pixels, { raw: { width: 12, height: 12, channels: 1 } })
    .png()
    .toBuffer();
  await page.getByLabel('Image', { exact: true }).setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer });
  const result = page.locator('.result');
  await result.waitFor();
  const scores = (
    await Promise.all((await result.locator('.classes data').all()).map((each) => each.getAttribute('value')))
  ).map(Number);
  t.is(
    await result
      .locator('.classes li')
      .first()
      .innerText()
      .then((text) => text.split('\n')[0]),
    'the one',
  );
  t.true(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1) < 1e-5);
  // What the train net says of the same pixels: they go in as they are.
  const input = Float32Array.from(pixels);
  solver.net.blobs['data'].data.set(input);
  solver.net.forward({}, { start: 'conv', end: 'ip' });
  const ip = solver.net.blobs['ip'].data.slice(0, 10);
  const most = Math.max(...ip);
  const exps = Array.from(ip, (score) => Math.exp(score - most));
  const sum = exps.reduce((a, b) => a + b, 0);
  exps
    .map((each) => each / sum)
    .sort((a, b) => b - a)
    .forEach((expected, i) => {
      t.true(Math.abs(scores[i] - expected) < 1e-5, `${scores[i]} ${expected}`);
    });
  t.is(await result.locator('canvas').count(), 1);
  await page.getByLabel('Image', { exact: true }).setInputFiles({
    name: 'x.png',
    mimeType: 'image/png',
    buffer: Buffer.from('no image'),
  });
  await page.getByText('the image cannot be read').waitFor();
});

inBrowser('10,000 tests are drawn, zoomed and read', async (t) => {
  const iterations = Array.from({ length: 10_000 }, (_, i) => i + 1);
  const points = (valueOf: (iter: number) => number): object => ({ x: iterations, y: iterations.map(valueOf) });
  const curves = { 'test.accuracy': points((iter) => (iter === 5000 ? 1 : 0.5)), seconds: points((iter) => iter / 10) };
  const file = join(scratchFolder(t), 'long_history.json');
  writeFileSync(file, JSON.stringify({ version: 1, name: 'long', curves, marks: [] }));
  const { board } = await open(t, { compare: [file] });
  const page = await openPage(t, browser, board.url);
  const chart = page.locator('[data-chart="accuracy"]');
  await chart.locator('canvas').waitFor();
  t.true((await pointsOf(page, 'accuracy')) > 1000);
  const plot = chart.getByRole('application');
  await plot.focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText(/^iteration 9,\d{3}, /).waitFor();
  await page.keyboard.press('+');
  await page.keyboard.press('Shift+ArrowLeft');
  await button(page, 'Reset zoom').click();
  t.is(await button(page, 'Reset zoom').count(), 0);
  const box = await plot.boundingBox();
  if (box === null) return;
  await page.mouse.move(box.x + 150, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 250, box.y + 100, { steps: 4 });
  await page.mouse.up();
  await button(page, 'Reset zoom').waitFor();
  await page.getByLabel('Time').check({ force: true });
  await chart.getByRole('button', { name: 'log' }).click();
  await chart.locator('canvas').waitFor();
  t.is(await chart.getByRole('button', { name: 'log' }).getAttribute('aria-pressed'), 'true');
});

for (const colorScheme of ['light', 'dark'] as const) {
  inBrowser(
    `axe-core finds nothing serious, and nothing sticks out from 360 to 2560 pixels: ${colorScheme}`,
    async (t) => {
      const { solver, board } = await open(t, { histograms: 5 });
      solver.step(20);
      solver.snapshot();
      solver.test();
      const page = await openPage(t, browser, board.url, { colorScheme, reducedMotion: 'reduce' });
      for (const view of ['Curves', 'Net', 'Try it']) {
        await page.getByRole('tab', { name: view }).click();
        await page.locator('.chart canvas, .distribution, .drop').first().waitFor();
        t.deepEqual(await seriousFinds(page), [], view);
        for (const width of [360, 768, 1280, 2560]) {
          await page.setViewportSize({ width, height: 900 });
          t.true((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width, `${view} at ${width}`);
        }
      }
    },
  );
}

inBrowser('a read-only page has no buttons that steer', async (t) => {
  const { board } = await open(t, { readOnly: true });
  const page = await openPage(t, browser, board.url);
  await state(page, 'Waiting');
  for (const name of ['Pause', 'Resume', 'Stop', 'Snapshot', 'Test', 'Apply'])
    t.is(await button(page, name).count(), 0);
  t.true(await page.getByLabel('Momentum').isDisabled());
});
