import { expect, test } from '@jest/globals';
import { messages, outcomes, personId } from '#contracts';
import { v5 } from 'uuid';
import type { AnyEntry } from './history.ts';
import { storyOf } from './story.ts';

const ada = personId('ada');
const id = (name: string): string => v5(name, ada);
const derived = (name: string, at: string) => ({ id: id(name), person_id: ada, at, cause: { id: id('order') } });
const rule = { id: 'news', version: 'abc' };
let offset = 0;

const candidate = {
  id: id('candidate'),
  play: 'news',
  category: 'news',
  behaviour: false,
  priority: 5,
  occurred_at: '2026-03-01T12:00:00.000Z',
  not_after: '2026-03-08T12:00:00.000Z',
  cause: { id: id('order') },
  trigger: { topic: 'events.v1', name: 'News Wanted' },
};
const numbers = {
  zone: 'UTC',
  local: '2026-03-01T12:00:00+00:00',
  sent_today: 0,
  daily_cap: 1,
  behaviour_this_month: 0,
  monthly_cap: 2,
};
const decision = (name: string, at: string, what: string, reason: string): AnyEntry => ({
  topic: 'messages.v1',
  partition: 0,
  offset: offset++,
  data: messages.schema.parse({
    ...derived(name, at),
    decision: what,
    candidate,
    reason,
    rivals: [],
    rivals_count: 0,
    numbers,
    rule,
    replayed: false,
  }),
});
const outcome = (mail: string, at: string, what: string, reason?: string): AnyEntry => ({
  topic: 'outcomes.v1',
  partition: 0,
  offset: offset++,
  data: outcomes.schema.parse({
    ...derived(`${what} ${mail}`, at),
    message_id: id(mail),
    play: 'news',
    category: 'news',
    occurred_at: at,
    outcome: what,
    ...(reason === undefined ? {} : { reason }),
  }),
});

test('the story of a mail that was put back names the mailbox, and goes on to the mail that was sent', () => {
  const entries = [
    decision('first', '2026-03-01T12:00:00.000Z', 'sent', 'due'),
    outcome('first', '2026-03-01T12:00:01.000Z', 'put_back', 'mailbox_daily'),
    decision('later', '2026-03-01T12:00:02.000Z', 'deferred', 'mailbox_daily'),
    decision('second', '2026-03-02T09:00:00.000Z', 'sent', 'due'),
    outcome('second', '2026-03-02T09:00:01.000Z', 'suppressed', 'mailbox_opt_out'),
  ];
  const [story] = storyOf({ personId: ada, entries }).candidates;
  expect(story?.messageId).toBe(id('second'));
  expect(story?.steps.slice(1).map(({ what }) => what)).toEqual(['sent', 'put_back', 'deferred', 'sent', 'suppressed']);
  expect(story?.steps.at(2)?.says).toMatch(/another id with this address has had the mail of this day/);
  expect(story?.steps.at(-1)?.says).toMatch(/another id with this address withdrew the category/);
});
