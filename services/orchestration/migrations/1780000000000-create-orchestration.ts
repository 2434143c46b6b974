import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runtimeSchema, stateSchema } from '#stream';

/** The runtime's tables and one row per person with their open candidates and what was sent to them lately. */
export class CreateOrchestration1780000000000 implements MigrationInterface {
  name = 'CreateOrchestration1780000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(runtimeSchema);
    await runner.query(stateSchema('orchestration'));
  }

  down(): Promise<void> {
    throw new Error('There is no way back from the first migration: `hito database apply` on an empty schema makes a new start.');
  }
}
