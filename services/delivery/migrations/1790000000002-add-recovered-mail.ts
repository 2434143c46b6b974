import type { MigrationInterface, QueryRunner } from 'typeorm';
import { recoveredTable } from './recovered-table.ts';

/** Where delivery keeps what it learnt from the log after its database went back. */
export class AddRecoveredMail1790000000002 implements MigrationInterface {
  name = 'AddRecoveredMail1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(recoveredTable);
  }

  /** An earlier version runs beside the table: it does not read it. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}
