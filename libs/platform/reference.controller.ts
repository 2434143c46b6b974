import { Controller, Get, Header, Inject } from '@nestjs/common';
import { contracts, topicOf } from '#contracts';
import { asyncApi, openApi, pagePolicy, recordSchema, referencePage, type Route } from '#reference';
import type { BaseEnvironment } from './env.ts';
import { ENV, ROUTES, SERVICE } from './service.ts';
import { version } from '#version';

/** The reference of this installation. Each service serves its own routes and all topics: none needs to know another. */
@Controller()
export class ReferenceController {
  constructor(
    @Inject(SERVICE) private readonly service: string,
    @Inject(ENV) private readonly env: BaseEnvironment,
    @Inject(ROUTES) private readonly routes: readonly Route[],
  ) {}

  @Get('openapi.json')
  openApi(): object {
    return openApi(this.routes, version());
  }

  @Get('asyncapi.json')
  asyncApi(): object {
    return asyncApi(contracts, version(), this.env.HITO_PREFIX);
  }

  @Get('reference')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', pagePolicy)
  page(): string {
    const topics = contracts.map((one) => ({
      name: topicOf(this.env.HITO_PREFIX, one),
      meaning: one.about?.meaning ?? '',
      schema: recordSchema(one),
    }));
    return referencePage(this.service, this.routes, topics);
  }
}
