import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { browserHere, findings, launch, outside, saidWithout, show } from './chromium.ts';
import { mailViews, pageViews } from './views.ts';

const executable = browserHere() ?? saidWithout();
const pictures = process.env['HITO_PICTURES'];
/** A phone; and a mail program's window, in which a mail has its whole width. Pixels. */
const widths = [390, 600] as const;
const views = [...(await mailViews()), ...pageViews()];

(executable === undefined ? describe.skip : describe)(
  'a phone and a window of 600 px show without a finding of axe-core, light and dark:',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launch(executable ?? '');
    });
    afterAll(() => browser.close());

    test.each(views.map((view) => [view.name, view] as const))('%s', async (name, { html, kind }) => {
      const page = await show(browser, html, widths[0]);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        // Colours do not depend on the width: the dark ones are looked at once.
        for (const colorScheme of width === widths[0] ? (['light', 'dark'] as const) : (['light'] as const)) {
          await page.emulateMedia({ colorScheme });
          if (pictures !== undefined) {
            mkdirSync(pictures, { recursive: true });
            await page.screenshot({ path: join(pictures, `${name}-${String(width)}-${colorScheme}.png`), fullPage: true });
          }
          expect(await findings(page, colorScheme === 'light' ? kind : 'colours')).toEqual([]);
        }
        expect([width, await outside(page)]).toEqual([width, 0]);
      }
      await page.close();
    });
  },
);
