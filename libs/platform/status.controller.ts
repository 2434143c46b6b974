import { Controller, Get, Inject } from '@nestjs/common';
import type { Runtime, TaskStatus } from '#stream';
import type { BaseEnvironment } from './env.ts';
import { ENV, RUNTIME, SERVICE } from './service.ts';

/** What `GET /status` answers. */
export interface ServiceStatus {
  readonly service: string;
  readonly prefix: string;
  readonly notReady: string | null;
  readonly tasks: readonly TaskStatus[];
}

@Controller('status')
export class StatusController {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(SERVICE) private readonly service: string,
    @Inject(ENV) private readonly env: BaseEnvironment,
  ) {}

  @Get()
  status(): ServiceStatus {
    return {
      service: this.service,
      prefix: this.env.HITO_PREFIX,
      notReady: this.runtime.notReady() ?? null,
      tasks: this.runtime.status(),
    };
  }
}
