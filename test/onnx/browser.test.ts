import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { Net, SGDSolver } from 'tscaffe';
import { prepareData, readIdx } from '../../examples/mnist/data.js';
import { hasChromium, launch, skip } from '../chromium.js';
import { scratchFolder } from '../scratch-folder.js';

/** LeNet after a few iterations: it knows more than by chance. */
function train(file: string): void {
  prepareData();
  using solver = new SGDSolver('examples/mnist/lenet_solver.prototxt');
  solver.step(100);
  solver.net.save(file);
}

/** Serves the page until the test ends. */
async function serve(t: ExecutionContext, weights: string): Promise<string> {
  const program = ['--import', 'tsx', 'examples/browser/serve.ts', '--weights', weights, '--port', '0'];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill());
  for await (const line of createInterface(child.stdout)) if (line.startsWith('http://')) return line;
  throw new Error('the program ended without serving the page');
}

async function open(t: ExecutionContext, browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => {
    t.fail(error.stack);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') t.fail(message.text());
  });
  await page.goto(address);
  return page;
}

interface Answer {
  digit: number;
  scores: number[];
}

/** What the page says, once it has computed it. */
async function answerOf(page: Page): Promise<Answer> {
  const digit = await page.locator('#answer', { hasText: /^\d$/ }).textContent();
  const scores = await page.evaluate<number[]>(`
    Array.from(document.querySelectorAll('#scores data'), (score) => Number(score.value))`);
  return { digit: Number(digit), scores };
}

/** What the page shows as the image that the net sees, from 0 to 255. */
const seenBy = (page: Page): Promise<number[]> =>
  page.evaluate<number[]>(`
    [...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)`);

/** LeNet's scores for one image, by Caffe. */
function scoresOf(net: Net, pixels: Iterable<number>): Float32Array {
  net.blobs['data'].data.set(Float32Array.from(pixels, (pixel) => pixel / 256));
  const { ip2 } = net.forward({}, { start: 'conv1', end: 'ip2' });
  return ip2.subarray(0, 10);
}

function compare(t: ExecutionContext, { digit, scores }: Answer, expected: Float32Array): void {
  const largest = Math.max(...expected.map(Math.abs));
  t.is(scores.length, expected.length);
  scores.forEach((score, i) => {
    t.true(Math.abs(score - expected[i]) <= 1e-5 * largest, `${i}: ${score}, Caffe has ${expected[i]}`);
  });
  t.is(digit, expected.indexOf(Math.max(...expected)));
}

/** Draws a 1. */
async function draw(page: Page): Promise<void> {
  const { x, y } = (await page.locator('#drawing').boundingBox()) ?? { x: 0, y: 0 };
  await page.mouse.move(x + 150, y + 40);
  await page.mouse.down();
  await page.mouse.move(x + 130, y + 240, { steps: 10 });
  await page.mouse.up();
}

test('the page of examples/browser gives in Chromium the numbers that the net gives in Caffe', async (t) => {
  if (!hasChromium) {
    skip(t);
    return;
  }
  const weights = join(scratchFolder(t), 'lenet.caffemodel');
  train(weights);
  using net = new Net('examples/mnist/lenet_train_test.prototxt', 'test', { weights });
  const browser = await launch();
  t.teardown(() => browser.close());
  const page = await open(t, browser, await serve(t, weights));

  const { elements } = readIdx('t10k-images-idx3-ubyte');
  const { elements: labels } = readIdx('t10k-labels-idx1-ubyte');
  const offered = page.locator('#digits canvas');
  await offered.nth(11).waitFor();
  let right = 0;
  for (let i = 0; i < 12; i++) {
    await offered.nth(i).click();
    const answer = await answerOf(page);
    const image = elements.subarray(784 * i, 784 * (i + 1));
    t.deepEqual(await seenBy(page), [...image]);
    compare(t, answer, scoresOf(net, image));
    right += Number(answer.digit === labels[i]);
  }
  t.true(right >= 9, `${right} of 12 are right`);

  await draw(page);
  const answer = await answerOf(page);
  const pixels = await seenBy(page);
  const rows = pixels.flatMap((pixel, i) => (pixel > 0 ? [Math.floor(i / 28)] : []));
  t.true(Math.abs(Math.max(...rows) - Math.min(...rows) + 1 - 20) <= 2, 'the drawing is 20 pixels high');
  compare(t, answer, scoresOf(net, pixels));
  t.is(answer.digit, 1);
});
