import { Controller, Get, Inject, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, type HealthCheckResult } from '@nestjs/terminus';
import type { Runtime } from '#stream';
import type { BaseEnvironment } from './env.ts';
import { cleanerOf } from './log.ts';
import { ENV, RUNTIME, STARTED } from './service.ts';
import { stuckTask } from './stuck.ts';

@Controller('health')
export class HealthController {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(ENV) private readonly env: BaseEnvironment,
    @Inject(STARTED) private readonly hasStarted: () => boolean,
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicator: HealthIndicatorService,
  ) {}

  /** 200 once environment, playbook and ports are in use, else 503. Depends on neither broker nor database. */
  @Get('started')
  started(): { status: 'ok' } {
    if (!this.hasStarted()) throw new ServiceUnavailableException('starting');
    return { status: 'ok' };
  }

  /**
   * 200 while each task makes progress, else 503 with the task's name: HITO_STUCK_AFTER_MS. Depends on neither broker nor database:
   * their absence is no reason to restart the process.
   */
  @Get('live')
  live(): { status: 'ok' } {
    const stuck = stuckTask(this.runtime.status(), this.env.HITO_STUCK_AFTER_MS);
    if (stuck !== undefined) throw new ServiceUnavailableException(stuck);
    return { status: 'ok' };
  }

  /** 200 when the process can take traffic, else 503 with the reason. `/health` answers the same. A stopped task is an alert's matter. */
  @Get(['', 'ready'])
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => {
        const reason = this.runtime.notReady();
        const check = this.indicator.check('runtime');
        return reason === undefined ? check.up() : check.down(cleanerOf(this.env)(reason));
      },
    ]);
  }
}
