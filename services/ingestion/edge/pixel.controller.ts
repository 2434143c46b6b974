import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { clientAddress } from '#platform';
import { pixelCall } from '../domain/pixel.ts';
import { Intake } from './intake.ts';

const transparentGif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** RudderStack's pixel: a call in the query of an image, for pages and mails that run no script. */
@Controller('pixel/v1')
export class PixelController {
  constructor(@Inject(Intake) private readonly intake: Intake) {}

  /** Answers the image whatever becomes of the call: who asks for an image repeats nothing. What is refused is counted as ever. */
  @Get(':route')
  async take(@Param('route') route: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const query = new URLSearchParams(request.originalUrl.split('?').slice(1).join('?'));
    if (request.method === 'GET') {
      const json = pixelCall(route, query);
      await this.intake.take(route, { writeKey: query.get('writeKey'), request, client: clientAddress(request), json });
    }
    response.status(200).set({ 'Content-Type': 'image/gif', 'Cache-Control': 'no-store' }).end(transparentGif);
  }
}
