import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Counter } from 'prom-client';
import type { CategoryTitles } from './category-titles.ts';
import { answerPage, answerRefusal, visitorOf } from './answer.ts';
import { HitLog } from './hit-log.ts';
import { CATEGORY_TITLES, LINK_TOKENS, REFUSED_LINKS } from './tokens.provider.ts';
import type { LinkTokens } from './token.ts';

const everything = 'all';

@Controller('t/u')
export class UnsubscribeController {
  constructor(
    @Inject(LINK_TOKENS) private readonly tokens: LinkTokens,
    @Inject(HitLog) private readonly hits: HitLog,
    @Inject(REFUSED_LINKS) private readonly refused: Counter,
    @Inject(CATEGORY_TITLES) private readonly titles: CategoryTitles,
  ) {}

  /** Shows a page with a button. Changes nothing and records nothing: scanners follow every link. */
  @Get(':token')
  ask(@Param('token') token: string, @Req() request: Request, @Res() response: Response): void {
    const claim = this.tokens.check('unsubscribe', token, Date.now());
    if ('refused' in claim) {
      this.refused.inc({ purpose: 'unsubscribe', reason: claim.refused });
      answerRefusal(request, response, claim);
      return;
    }
    const { category, language } = claim;
    const shown = { language, titles: this.titles };
    // The button's address is the page's neighbour; some mail programs put a slash behind a link.
    const beside = request.path.endsWith('/') ? '../' : '';
    const linkForAll = category === everything ? undefined : beside + this.tokens.sign({ ...claim, category: everything });
    answerPage(request, response, 200, { kind: 'ask', category, linkForAll }, shown);
  }

  /**
   * One-click unsubscription (RFC 8058), also what the page's buttons do. All it takes is in the token: the body is not read, so that
   * every spelling of it works. Answers 200 once the broker has it, else 503: the client tries again. Never redirects, never sets a cookie.
   */
  @Post(':token')
  async act(@Param('token') token: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const claim = this.tokens.check('unsubscribe', token, Date.now());
    if ('refused' in claim) {
      this.refused.inc({ purpose: 'unsubscribe', reason: claim.refused });
      answerRefusal(request, response, claim);
      return;
    }
    const { category, language } = claim;
    const shown = { language, titles: this.titles };
    if (await this.hits.keep(claim, visitorOf(request))) {
      answerPage(request, response, 200, { kind: 'done', category }, shown);
    } else {
      response.set('Retry-After', '30');
      answerPage(request, response, 503, { kind: 'later', category }, shown);
    }
  }
}
