import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runtimeSchema, stateSchema } from '#stream';

/** The runtime's tables and one row per person with what they have reached. */
export class CreateMilestones1780000000000 implements MigrationInterface {
  name = 'CreateMilestones1780000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(runtimeSchema);
    await runner.query(stateSchema('milestones'));
  }

  down(): Promise<void> {
    throw new Error('There is no way back from the first migration: `hito database apply` on an empty schema makes a new start.');
  }
}
