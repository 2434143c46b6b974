import { iso, type Check } from './case.ts';
import { equal, none, same } from './problem.ts';

/** Everyone told of themselves once, every order came through, nothing was lost on the way in. */
export const eventChecks: readonly Check[] = [
  ({ summary, expectation }) =>
    equal('accepted events = orders + identifies', expectation.orders + expectation.people.length, summary.events.accepted),

  ({ summary: { events } }) =>
    equal(
      'collected = accepted + duplicates + dead letters',
      events.accepted + events.duplicates + events.dead_letters,
      events.collected,
    ),

  ({ evidence }) =>
    none(
      'dead letters',
      'none of what the services tell each other',
      evidence.topics.deadLetters
        .filter(({ topic }) => topic !== 'collected.v1')
        .map(({ processor, topic, key, reason }) => `${processor} refused a record of ${topic}, key ${key}: ${reason}`),
    ),

  ({ people, evidence }) =>
    same('people on profiles', people.keys(), new Set(evidence.topics.profiles.map(({ person }) => person))),

  ({ summary, people }) => equal('people in the table of profiles', people.size, summary.persons),

  ({ people, evidence }) =>
    same(
      'orders on events',
      [...people].flatMap(([person, { orders }]) => orders.map(({ at }) => `${person} ${iso(at)}`)),
      evidence.topics.events.filter(({ event }) => event === 'Order Completed').map(({ person, at }) => `${person} ${iso(at)}`),
    ),

  ({ summary, expectation: { from, end } }) =>
    same('virtual time', [`from ${iso(from)}`, `to ${iso(end)}`], [`from ${summary.virtual_from}`, `to ${summary.virtual_to}`]),
];
