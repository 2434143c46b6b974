import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runtimeSchema, stateSchema } from '#stream';

/** The runtime's tables and one for the state of each processor. */
export class Initial1763769600000 implements MigrationInterface {
  readonly name = 'Initial1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of [runtimeSchema, stateSchema('identity'), stateSchema('profile')]) await runner.query(sql);
  }

  /** There is no way back: a service whose state is gone would answer everything anew. */
  down(): Promise<void> {
    throw new Error('The first migration of ingestion cannot be taken back; drop its schema to start over.');
  }
}
