import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerPage, guard, visitorOf } from './answer.ts';
import { HitLog } from './hit-log.ts';
import { LINK_TOKENS } from './tokens.provider.ts';
import type { LinkTokens } from './token.ts';

@Controller('t/c')
export class ClickController {
  constructor(
    @Inject(LINK_TOKENS) private readonly tokens: LinkTokens,
    @Inject(HitLog) private readonly hits: HitLog,
  ) {}

  /** Leads to the address that was signed into the link, and to no other; whatever the broker does. */
  @Get(':token')
  click(@Param('token') token: string, @Req() request: Request, @Res() response: Response): void {
    const claim = this.tokens.read('click', token);
    if (claim === undefined) {
      answerPage(request, response, 404, { kind: 'broken' });
      return;
    }
    if (request.method === 'GET') this.hits.note(claim, visitorOf(request));
    guard(response).status(302).set('Location', claim.url).end();
  }
}
