import type { Request, Response } from 'express';
import type { Visitor } from './hit-log.ts';
import { negotiate, page, stylePolicy, type Page } from './pages.ts';

/** Nothing of a tracking address may be kept, indexed, framed or told to the next site: it carries a token. */
const guarded = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex, nofollow',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': `default-src 'none'; style-src ${stylePolicy}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
};

export const guard = (response: Response): Response => response.set(guarded);

export function answerPage(request: Request, response: Response, status: number, content: Page): void {
  const language = negotiate(request.acceptsLanguages());
  guard(response)
    .status(status)
    .set({ 'Content-Type': 'text/html; charset=utf-8', 'Content-Language': language, Vary: 'Accept-Language' })
    .end(page(language, content));
}

export const visitorOf = (request: Request): Visitor => ({ userAgent: request.get('user-agent'), ip: request.ip });
