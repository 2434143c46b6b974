import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { feedbackId, listId } from './feedback-id.ts';

const id = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }),
  fc.constantFrom('día-1', 'a:b', '..', '日本', 'x'.repeat(60)),
);
const domain = fc.oneof(fc.domain(), fc.constantFrom('a.io', 'notifications.my-long-shop.example', 'xn--bcher-kva.example'));

test('a Feedback-ID has four fields of plain characters and a sender id of 5 to 15', () => {
  fc.assert(
    fc.property(id, id, domain, (play, category, sender) => {
      expect(feedbackId(play, category, sender)).toMatch(/^[\w.-]{1,40}:[\w.-]{1,40}:hito:[a-z0-9-]{5,15}$/);
    }),
  );
});

test('two plays never share a Feedback-ID', () => {
  fc.assert(
    fc.property(id, id, (a, b) => {
      expect(feedbackId(a, 'c', 'shop.example') === feedbackId(b, 'c', 'shop.example')).toBe(a === b);
    }),
  );
});

test('a List-ID is a dot-atom under the domain, whatever the category is called', () => {
  fc.assert(
    fc.property(id, (category) => {
      expect(listId(category, 'shop.example')).toMatch(/^<[\w-]+(\.[\w-]+)*\.shop\.example>$/);
    }),
  );
});
