import { variable } from '#platform';
import { writeKeys } from './edge/write-keys.ts';

/** What ingestion needs beside the base. */
export const ingestionVariables = {
  HITO_WRITE_KEYS: variable(writeKeys, {
    description: 'to know who may send events: name:key pairs, separated by commas',
    example: 'website:change-me-please',
    secret: true,
  }),
};
