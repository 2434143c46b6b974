import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { derivedId } from './derived-id.ts';

test('is the UUID of version 5 that the uuid package makes, for names of any length and script', () => {
  const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', minLength: 300, maxLength: 900 }));
  fc.assert(
    fc.property(name, fc.uuid(), (text, namespace) => {
      expect(derivedId(text, namespace)).toBe(v5(text, namespace));
      expect(derivedId(text, namespace.toUpperCase())).toBe(v5(text, namespace));
    }),
  );
});

test("is RFC 9562's own example", () => {
  expect(derivedId('www.example.com', '6ba7b810-9dad-11d1-80b4-00c04fd430c8')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});
