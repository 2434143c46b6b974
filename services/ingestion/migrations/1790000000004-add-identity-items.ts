import type { MigrationInterface, QueryRunner } from 'typeorm';
import { itemsSchema } from '#stream';

/** Calls that wait for their person, each in a row of its own. */
export class AddIdentityItems1790000000004 implements MigrationInterface {
  name = 'AddIdentityItems1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(itemsSchema('identity'));
  }

  /** An earlier version runs beside the table until a state of the new version is there; from then on it refuses to start. */
  down(): Promise<void> {
    return Promise.resolve();
  }
}
