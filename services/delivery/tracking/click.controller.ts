import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Counter } from 'prom-client';
import { answerRefusal, guard, visitorOf } from './answer.ts';
import { HitLog } from './hit-log.ts';
import { LINK_TOKENS, REFUSED_LINKS } from './tokens.provider.ts';
import type { LinkTokens } from './token.ts';

@Controller('t/c')
export class ClickController {
  constructor(
    @Inject(LINK_TOKENS) private readonly tokens: LinkTokens,
    @Inject(HitLog) private readonly hits: HitLog,
    @Inject(REFUSED_LINKS) private readonly refused: Counter,
  ) {}

  /** Leads to the address that was signed into the link, and to no other; whatever the broker does. */
  @Get(':token')
  click(@Param('token') token: string, @Req() request: Request, @Res() response: Response): void {
    const claim = this.tokens.check('click', token, Date.now());
    if ('refused' in claim) {
      this.refused.inc({ purpose: 'click', reason: claim.refused });
      answerRefusal(request, response, claim);
      return;
    }
    if (request.method === 'GET') this.hits.note(claim, visitorOf(request));
    guard(response).status(302).set('Location', claim.url).end();
  }
}
