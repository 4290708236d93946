// The pictures of docs/dashboard.md and README.md: a real run of LeNet on MNIST beside an earlier one, as Chromium
// shows its dashboard.
//
//   node --import=tsx docs/screenshots.ts [ITERATIONS]
//
// Writes dashboard-curves-light.png, -dark.png and the others beside this file. Needs Debian's chromium.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { SGDSolver, setRandomSeed } from 'tscaffe';
import { dashboard, type Dashboard } from 'tscaffe/dashboard';
import { prepareData, readIdx } from '../examples/mnist/data.js';
import { launch } from '../test/chromium.js';

const iterations = Number(process.argv[2] ?? 400);
const folder = mkdtempSync(join(tmpdir(), 'tscaffe-screenshots-'));

function lenet(name: string, baseLr: number): SGDSolver {
  const fields = { baseLr, maxIter: iterations, testInterval: 25, testIter: [10], snapshot: 200 };
  const snapshotPrefix = join(folder, name);
  return new SGDSolver('examples/mnist/lenet_solver.prototxt', { override: { ...fields, snapshotPrefix } });
}

async function train(solver: SGDSolver, count: number): Promise<void> {
  await solver.stepAsync(count);
  console.log(`iteration ${solver.iter}, loss ${solver.loss}`);
}

/** An earlier run, to compare. */
async function earlier(): Promise<string> {
  setRandomSeed(2);
  const solver = lenet('lenet-slow', 0.002);
  const board = await dashboard(solver, { histograms: 0 });
  await train(solver, iterations);
  await board.close();
  return join(folder, 'lenet-slow_history.json');
}

/** What somebody does at the page. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).click();
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.mouse.move(5, 5);
  await page.evaluate('document.activeElement.blur()');
  await page.waitForTimeout(1500); // the charts are drawn a few times a second
  const path = fileURLToPath(new URL(`dashboard-${name}.png`, import.meta.url));
  await sharp(await page.screenshot())
    .png({ palette: true, effort: 10 })
    .toFile(path);
}

/** A digit of the test set, as somebody would drop it. */
async function digit(index: number): Promise<Buffer> {
  const { shape, elements } = readIdx('t10k-images-idx3-ubyte');
  const [, height, width] = shape;
  const pixels = Buffer.from(elements.subarray(index * height * width, (index + 1) * height * width));
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

async function shootAll(browser: Browser, { url }: Dashboard, colorScheme: 'light' | 'dark'): Promise<void> {
  const wide = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
  await wide.goto(url);
  await wide.locator('.chart canvas').first().waitFor();
  await shoot(wide, `curves-${colorScheme}`);
  await wide.getByRole('tab', { name: 'Net' }).click();
  await wide.locator('.distribution').first().waitFor();
  await wide.setViewportSize({ width: 1440, height: 1250 });
  await shoot(wide, `net-${colorScheme}`);
  await wide.getByRole('tab', { name: 'Try it' }).click();
  await wide.setViewportSize({ width: 1100, height: 860 });
  const files = { name: 'digit.png', mimeType: 'image/png', buffer: await digit(4) };
  await wide.getByLabel('Image', { exact: true }).setInputFiles(files);
  await wide.locator('.result').waitFor();
  await shoot(wide, `try-${colorScheme}`);
  const phone = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme, deviceScaleFactor: 2 });
  await phone.goto(url);
  await phone.locator('.chart canvas').first().waitFor();
  await shoot(phone, `phone-${colorScheme}`);
}

prepareData();
const compare = [await earlier()];
const browser = await launch();
setRandomSeed(1);
const solver = lenet('lenet', 0.01);
const board = await dashboard(solver, {
  compare,
  labels: Array.from({ length: 10 }, (_, digit) => String(digit)),
  histograms: 25,
});
const page = await browser.newPage();
await page.goto(board.url);
await train(solver, Math.round(iterations * 0.4));
await page.getByLabel('Learning rate').fill('0.003');
await press(page, 'Apply');
await page.getByText('learning rate 0.0').first().waitFor();
await train(solver, Math.round(iterations * 0.3));
const controller = new AbortController();
const run = solver.stepAsync(iterations, { signal: controller.signal });
await press(page, 'Pause');
await page.locator('.state', { hasText: 'Paused' }).waitFor();
await page.close();
for (const colorScheme of ['light', 'dark'] as const) await shootAll(browser, board, colorScheme);
await browser.close();
const ended = run.catch(() => undefined);
controller.abort();
await board.close();
await ended;
rmSync(folder, { recursive: true });
