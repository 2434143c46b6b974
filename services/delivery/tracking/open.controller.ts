import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { guard, visitorOf } from './answer.ts';
import { HitLog } from './hit-log.ts';
import { LINK_TOKENS } from './tokens.provider.ts';
import type { LinkTokens } from './token.ts';

const transparentGif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

@Controller('t/o')
export class OpenController {
  constructor(
    @Inject(LINK_TOKENS) private readonly tokens: LinkTokens,
    @Inject(HitLog) private readonly hits: HitLog,
  ) {}

  /** The open pixel. Answers the image whatever the token is and whatever the broker does. */
  @Get(':token')
  open(@Param('token') token: string, @Req() request: Request, @Res() response: Response): void {
    const claim = request.method === 'GET' ? this.tokens.read('open', token) : undefined;
    if (claim !== undefined) this.hits.note(claim, visitorOf(request));
    guard(response).status(200).set('Content-Type', 'image/gif').end(transparentGif);
  }
}
