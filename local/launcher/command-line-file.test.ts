import { parseEnv } from 'node:util';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commandLineFile } from './command-line-file.ts';

test('the commands read of .hito/env where the installation is and which playbook names its secrets', () => {
  const path = fc
    .string({ unit: fc.constantFrom('a', 'b', '/', ' ', '#', '=', "'", '"', '`', '\\', '$', 'é', '~', '.', ':', '@', '-') })
    .filter((text) => text.trim() === text && !["'", '"', '`'].every((quote) => text.includes(quote)));
  fc.assert(
    fc.property(path, path, (playbook, databaseUrl) => {
      const written = commandLineFile({
        brokers: ['127.0.0.1:9092', 'b:1'],
        databaseUrl,
        prefix: 'hito',
        partitions: 4,
        services: ['http://127.0.0.1:3100'],
        playbook,
      });
      expect({ ...parseEnv(written) }).toEqual({
        KAFKA_BROKERS: '127.0.0.1:9092,b:1',
        DATABASE_URL: databaseUrl,
        HITO_PREFIX: 'hito',
        HITO_PARTITIONS: '4',
        HITO_SERVICES: 'http://127.0.0.1:3100',
        HITO_PLAYBOOK: playbook,
      });
    }),
  );
});
