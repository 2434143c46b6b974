import type { MigrationInterface, QueryRunner } from 'typeorm';
import { otherNamesIndex } from './other-names.ts';

/** A mailbox' mails by its other names are found without reading those of other mailboxes. */
export class FindOtherNames1790000000006 implements MigrationInterface {
  name = 'FindOtherNames1790000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(otherNamesIndex);
  }

  /** An earlier version runs beside the index. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}
