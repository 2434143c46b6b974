import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyRing } from '#platform';
import { addressHasher, mailboxId } from './address-hash.ts';

const secrets = fc.uniqueArray(
  fc.constantFrom(...['first', 'second', 'third', 'fourth'].map((which) => `the ${which} key is long enough`)),
  { minLength: 1 },
);
const hasher = (keys: readonly string[]) => addressHasher(keyRing('suppressions', keys.join(',')));

test('two rings that share a key share a name of each mailbox, in whatever order their keys are', () => {
  fc.assert(
    fc.property(secrets, secrets, (one, other) => {
      const names = (keys: readonly string[], email: string): string[] =>
        hasher(keys)
          .names(email)
          .map(({ keyId, hash }) => `${keyId} ${hash.toString('hex')}`);
      const mine = names(one, 'Ana@ONE.example');
      const shared = names(other, 'Ana@one.example').filter((name) => mine.includes(name));
      expect(shared).toHaveLength(one.filter((key) => other.includes(key)).length);
    }),
  );
});

test('the first of the names is by the current key', () => {
  fc.assert(
    fc.property(secrets, (keys) => {
      const hash = hasher(keys);
      const names = hash.names('ana@one.example');
      expect(names[0]).toEqual({ keyId: hash.keyId, hash: hash('ana@one.example') });
      expect(mailboxId(names)).toBe(hasher(keys.slice(0, 1))('ana@one.example').toString('hex'));
    }),
  );
});
