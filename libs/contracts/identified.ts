import { z } from 'zod';
import { call } from './collected.ts';
import { contract, days } from './contract.ts';
import { derived } from './envelope.ts';

/** The same call with its person known. A call that waited for its person carries the `at` of its release. */
export const identified = contract('identified.v1', z.object({ ...call, ...derived }), {
  writer: { processor: 'identity', rekeyed: true },
  retentionMs: days(7),
  about: {
    meaning: 'The same calls with their person known. A call that waited for its person carries the `at` of its release.',
    owner: 'ingestion',
    key: 'person_id',
  },
});
