// The browser that tests of pages drive: Debian's Chromium, without a window.
import { existsSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { chromium, type Browser } from 'playwright-core';

/** Debian's. */
const executablePath = '/usr/bin/chromium';

const args = [
  '--no-sandbox', // needed by root
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

export const hasChromium = existsSync(executablePath);

/** Says why nothing is tested. */
export function skip(t: ExecutionContext): void {
  t.log(`skipped: there is no ${executablePath}; sudo apt-get install chromium`);
  t.pass();
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}
