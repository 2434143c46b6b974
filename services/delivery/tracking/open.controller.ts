import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Counter } from 'prom-client';
import { guard, visitorOf } from './answer.ts';
import { HitLog } from './hit-log.ts';
import { LINK_TOKENS, REFUSED_LINKS } from './tokens.provider.ts';
import type { LinkTokens } from './token.ts';

const transparentGif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

@Controller('t/o')
export class OpenController {
  constructor(
    @Inject(LINK_TOKENS) private readonly tokens: LinkTokens,
    @Inject(HitLog) private readonly hits: HitLog,
    @Inject(REFUSED_LINKS) private readonly refused: Counter,
  ) {}

  /** The open pixel. Answers the image whatever the token is and whatever the broker does. */
  @Get(':token')
  open(@Param('token') token: string, @Req() request: Request, @Res() response: Response): void {
    const claim = this.tokens.check('open', token, Date.now());
    if ('refused' in claim) this.refused.inc({ purpose: 'open', reason: claim.refused });
    else if (request.method === 'GET') this.hits.note(claim, visitorOf(request));
    guard(response).status(200).set('Content-Type', 'image/gif').end(transparentGif);
  }
}
