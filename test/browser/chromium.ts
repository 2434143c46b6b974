import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Result } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The browser of this machine: HITO_CHROMIUM, or one at a usual place. */
export const browserHere = (): string | undefined =>
  [process.env['HITO_CHROMIUM'] ?? '', ...usual].find((file) => file !== '' && existsSync(file));

/** Without a browser these tests are left out, and nobody is to miss it. */
export function saidWithout(): undefined {
  process.stderr.write('NOT CHECKED: mails, pages and SDKs in a browser. Install Chromium, or set HITO_CHROMIUM to its file.\n');
}

/** Chromium without a window. It refuses its sandbox to root. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** A page of this width, with axe-core, that loads nothing from elsewhere. */
export async function show(browser: Browser, html: string, width: number): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, bypassCSP: true });
  await page.route('**/*', (route) => route.abort());
  await page.setContent(html, { waitUntil: 'domcontentloaded' });
  await page.addScriptTag({ path: axe });
  return page;
}

/** A mail is shown inside the page of a mail program, which has the landmarks. */
const ofPagesOnly = { 'landmark-one-main': { enabled: false }, region: { enabled: false } };
/** Colours are all that the dark scheme changes. */
const asked = {
  page: {},
  mail: { rules: ofPagesOnly },
  colours: { runOnly: ['color-contrast'] },
};

/** What axe-core finds wrong: rule, element, why. */
export async function findings(page: Page, what: keyof typeof asked): Promise<string[]> {
  const { violations } = await page.evaluate<{ violations: Result[] }>(`axe.run(${JSON.stringify(asked[what])})`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any }) => `${id} at ${target.join(' ')}: ${any[0]?.message ?? help}`),
  );
}

/** How many pixels of the page lie outside of its width, which a reader reaches only by scrolling sideways. */
export const outside = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
