import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { answerPage, visitorOf } from './answer.ts';
import { HitLog } from './hit-log.ts';
import { LINK_TOKENS } from './tokens.provider.ts';
import type { LinkTokens } from './token.ts';

const everything = 'all';

@Controller('t/u')
export class UnsubscribeController {
  constructor(
    @Inject(LINK_TOKENS) private readonly tokens: LinkTokens,
    @Inject(HitLog) private readonly hits: HitLog,
  ) {}

  /** Shows a page with a button. Changes nothing and records nothing: scanners follow every link. */
  @Get(':token')
  ask(@Param('token') token: string, @Req() request: Request, @Res() response: Response): void {
    const claim = this.tokens.read('unsubscribe', token);
    if (claim === undefined) {
      answerPage(request, response, 404, { kind: 'broken' });
      return;
    }
    const { category } = claim;
    const tokenForAll = category === everything ? undefined : this.tokens.sign({ ...claim, category: everything });
    answerPage(request, response, 200, { kind: 'ask', category, tokenForAll });
  }

  /**
   * One-click unsubscription (RFC 8058), also what the page's buttons do. All it takes is in the token: the body is not read, so that
   * every spelling of it works. Answers 200 once the broker has it, else 503: the client tries again. Never redirects, never sets a cookie.
   */
  @Post(':token')
  async act(@Param('token') token: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const claim = this.tokens.read('unsubscribe', token);
    if (claim === undefined) {
      answerPage(request, response, 404, { kind: 'broken' });
      return;
    }
    const { category } = claim;
    if (await this.hits.keep(claim, visitorOf(request))) {
      answerPage(request, response, 200, { kind: 'done', category });
    } else {
      response.set('Retry-After', '30');
      answerPage(request, response, 503, { kind: 'later', category });
    }
  }
}
