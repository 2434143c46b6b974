import type { MigrationInterface, QueryRunner } from 'typeorm';
import { sourceCursorTable } from '../sources/cursors.ts';

/** Where ingestion stands in the platform's own topics. */
export class AddSourceCursor1790000000003 implements MigrationInterface {
  name = 'AddSourceCursor1790000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(sourceCursorTable);
  }

  /** An earlier version runs beside the table: it does not read it. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}
