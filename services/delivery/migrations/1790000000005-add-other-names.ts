import type { MigrationInterface, QueryRunner } from 'typeorm';
import { otherNames } from './other-names.ts';

/** A mail is found by the name that each key of the ring gives its mailbox. */
export class AddOtherNames1790000000005 implements MigrationInterface {
  name = 'AddOtherNames1790000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(otherNames);
  }

  /** An earlier version runs beside the column: it does not read it. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}
