import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runtimeSchema, stateSchema } from '#stream';
import { mailTable } from './mail-table.ts';

/** The runtime's tables, the people as delivery knows them, the mails. */
export class CreateDelivery1780000000000 implements MigrationInterface {
  name = 'CreateDelivery1780000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(runtimeSchema);
    await runner.query(stateSchema('delivery'));
    await runner.query(mailTable);
  }

  down(): Promise<void> {
    throw new Error('There is no way back from the first migration: `hito database apply` on an empty schema makes a new start.');
  }
}
