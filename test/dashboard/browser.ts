import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ExecutionContext } from 'ava';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Opens a page, which must have no error but those of requests that are refused on purpose. */
export async function openPage(
  t: ExecutionContext,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  t.teardown(() => context.close());
  const page = await context.newPage();
  page.on('pageerror', (error) => {
    t.fail(error.stack);
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('Failed to load resource')) t.fail(message.text());
  });
  page.on('dialog', (dialog) => {
    t.fail(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return page;
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds that is serious or critical: rule, and where. */
export async function seriousFinds(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ': ' + target + ' ' + failureSummary)))`);
}

/** The exact number of a tile or a legend: `data` elements have it. */
export async function numberIn(page: Page, label: string): Promise<number> {
  const text = await page.locator('.tile', { hasText: label }).locator('data').first().getAttribute('value');
  return Number(text);
}
