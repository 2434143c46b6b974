import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { Registry } from 'prom-client';
import { openMetrics } from './open-metrics.ts';
import { METRICS, SERVICE, TRACING } from './service.ts';
import type { Tracing } from './tracing.ts';

@Controller('metrics')
export class MetricsController {
  constructor(
    @Inject(METRICS) private readonly registry: Registry,
    @Inject(SERVICE) private readonly service: string,
    @Inject(TRACING) private readonly tracing: Tracing | undefined,
  ) {}

  /** As OpenMetrics where that is asked for and there are traces: only then it says more. */
  @Get()
  async metrics(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const open = this.tracing !== undefined && (request.headers.accept ?? '').includes('application/openmetrics-text');
    const text = await (open ? openMetrics(this.registry, { service: this.service }) : this.registry.metrics());
    response.setHeader('content-type', open ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE);
    response.end(text);
  }
}
