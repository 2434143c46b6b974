import { Controller, Get, Inject } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import type { Runtime } from '#stream';
import { RUNTIME } from './service.ts';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicator: HealthIndicatorService,
  ) {}

  /** The process turns. Depends on neither broker nor database: their absence is no reason to restart it. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 when the runtime can work, else 503 with the reason. `/health` answers the same. */
  @Get(['', 'ready'])
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => {
        const reason = this.runtime.notReady();
        const check = this.indicator.check('runtime');
        return reason === undefined ? check.up() : check.down(reason);
      },
    ]);
  }
}
