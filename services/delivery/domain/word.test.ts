import { describe, expect, test } from '@jest/globals';
import type { Person } from './person.ts';
import { wordsOf } from './word.ts';

type Known = Pick<Person, 'email' | 'consents' | 'replayed'>;

const start = Date.parse('2026-06-01T10:00:00.000Z');
const iso = (at: number): string => new Date(at).toISOString();
const said = (granted: boolean, at = start) => ({ news: { granted, changed_at: iso(at) } });
const acted = (at = start) => ({ news: { granted: true, changed_at: iso(at), explicit: true } });
const person = (consents = {}, email = 'ana@one.example', replayed = false): Known => ({ email, consents, replayed });
const words = (before: Known, after: Known, at = start + 60_000) =>
  wordsOf(before, after, at).map(
    ({ category, granted, at: when }) => `${granted ? 'yes' : 'no'} to ${category} at ${String(when - start)}`,
  );
const unknown: Known = { email: undefined, consents: {}, replayed: false };

describe('what a profile says for its mailbox', () => {
  test('a withdrawal counts from its arrival', () => {
    expect(words(person(), person(said(false)))).toEqual(['no to news at 0']);
  });

  test('a repeated profile says nothing', () => {
    expect(words(person(said(false)), person(said(false)))).toEqual([]);
    expect(words(person(said(true)), person(said(true)))).toEqual([]);
  });

  test('a new address takes over every withdrawal of its person', () => {
    expect(words(person(said(false)), person(said(false), 'other@one.example'))).toEqual(['no to news at 0']);
    expect(words(unknown, person(said(false)))).toEqual(['no to news at 0']);
  });

  test('another spelling of the address is no new address', () => {
    expect(words(person(said(false)), person(said(false), ' ANA@One.example'))).toEqual([]);
  });

  test('a grant counts where the person had the address before it', () => {
    expect(words(person(said(false)), person(said(true, start + 1)))).toEqual(['yes to news at 1']);
    expect(words(person(), person(acted()))).toEqual(['yes to news at 0']);
    expect(words(person(said(true)), person(acted(start + 1)))).toEqual(['yes to news at 1']);
  });

  test('a first grant that a site tells of a person undoes nothing: it may be a box that was ticked for all', () => {
    expect(words(person(), person(said(true)))).toEqual([]);
    expect(words(person({ all: said(true).news }), person(said(true)))).toEqual([]);
  });

  test('a grant that comes with the address does not undo what the mailbox said', () => {
    expect(words(unknown, person(acted()))).toEqual([]);
    expect(words(person({}, 'old@one.example'), person(acted()))).toEqual([]);
  });

  test('a grant under the new name of its category is no new grant', () => {
    const renamed = { letters: { granted: true, changed_at: iso(start), explicit: true } };
    expect(words(person(acted()), person({ ...acted(), ...renamed }))).toEqual([]);
  });

  test('a grant of a replay undoes nothing, its withdrawal counts', () => {
    expect(words(person(), person(acted(), undefined, true))).toEqual([]);
    expect(words(person(), person(said(false), undefined, true))).toEqual(['no to news at 0']);
  });

  test('a grant dated later than its arrival counts from its arrival', () => {
    expect(words(person(), person(acted(start + 86_400_000)), start)).toEqual(['yes to news at 0']);
  });

  test('an instant that cannot be read counts as the arrival', () => {
    const odd = { news: { granted: false, changed_at: '999999-99-99T99:99:99Z' } };
    expect(words(person(), person(odd), start + 5)).toEqual(['no to news at 5']);
  });

  test('who has no address says nothing for a mailbox', () => {
    expect(wordsOf(person(), { ...unknown, consents: said(false) }, start)).toEqual([]);
  });
});
