import type { Request, Response } from 'express';
import type { CategoryTitles } from './category-titles.ts';
import { clientAddress } from '#platform';
import type { Visitor } from './hit-log.ts';
import { negotiate, page, stylePolicy, type Page } from './pages.ts';
import type { Refused } from './token.ts';

/** Nothing of a tracking address may be kept, indexed, framed or told to the next site: it carries a token. */
const guarded = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex, nofollow',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': `default-src 'none'; style-src ${stylePolicy}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
};

export const guard = (response: Response): Response => response.set(guarded);

/** How a page is shown: in the mail's language where that is known, else in the reader's. */
interface Shown {
  readonly language?: string | undefined;
  readonly titles?: CategoryTitles | undefined;
}

export function answerPage(request: Request, response: Response, status: number, content: Page, shown: Shown = {}): void {
  const language = negotiate([...(shown.language === undefined ? [] : [shown.language]), ...request.acceptsLanguages()]);
  guard(response)
    .status(status)
    .set({ 'Content-Type': 'text/html; charset=utf-8', 'Content-Language': language, Vary: 'Accept-Language' })
    .end(page(language, content, shown.titles));
}

/** Says on a page that a link is not followed: 410 for one that is too old, 404 for any other. */
export function answerRefusal(request: Request, response: Response, { refused, language }: Refused): void {
  const expired = refused === 'expired';
  answerPage(request, response, expired ? 410 : 404, { kind: expired ? 'expired' : 'broken' }, { language });
}

export const visitorOf = (request: Request): Visitor => ({ userAgent: request.get('user-agent'), ip: clientAddress(request) });
