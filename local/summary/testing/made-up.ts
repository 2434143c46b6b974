import { personId } from '#contracts';
import type { DecisionRecord, Evidence } from '../evidence.ts';
import type { Expectation } from '../oracle/expect.ts';
import { decisionsOf, playsOf } from './model.ts';

/** What an installation would have to show that did everything right, every mail accepted at once. */
export function evidenceOf(expectation: Expectation, playbook: string): Evidence {
  const { people, orders, rules, from, end } = expectation;
  const plays = playsOf(playbook);
  const known = people.map((person) => ({ ...person, id: personId(person.customer), ...decisionsOf(person, rules, plays, end) }));
  const decisions = known.flatMap((person) =>
    person.decisions.map(({ candidate, at, decision, reason }, n): DecisionRecord => ({
      id: `${person.id}/${String(n)}`,
      person: person.id,
      decision,
      reason,
      at,
      candidate: `${person.id}/${candidate.name}`,
      play: candidate.play,
      trigger: candidate.trigger,
      occurredAt: candidate.occurredAt,
      replayed: true,
      date: person.milestones.find(({ milestone, at: due }) => milestone === candidate.trigger && due === candidate.occurredAt)
        ?.date,
    })),
  );
  const open = known.flatMap((person) =>
    person.open.map(({ name, play, trigger, occurredAt }) => ({
      person: person.id,
      candidate: `${person.id}/${name}`,
      play,
      trigger,
      occurredAt,
    })),
  );
  const sent = decisions.filter(({ decision }) => decision === 'sent');
  const addresses = new Map(known.map(({ id, address }) => [id, address]));
  const milestones = known.flatMap(({ id, milestones: reached }) =>
    reached.map(({ milestone, occurrence, at, date }) => ({
      person: id,
      milestone,
      occurrence: String(occurrence),
      at,
      date,
    })),
  );
  const transitions = known.flatMap(({ id, moves }) => moves.map((move) => ({ person: id, ...move })));
  const stages = new Map(known.map(({ id, stage }) => [id, String(stage)]));
  const tallies = new Map<string, number>();
  const count = (name: string, by = 1): void => {
    tallies.set(name, (tallies.get(name) ?? 0) + by);
  };
  count('identity/accepted', orders + people.length);
  count('profile/persons', people.length);
  count('orchestration/candidates', new Set([...decisions, ...open].map(({ candidate }) => candidate)).size);
  count('orchestration/open', open.length);
  for (const { milestone } of milestones) count(`milestones/milestone.${milestone}`);
  for (const { from: before, to } of transitions) count(`stages/transition.${before}→${to}`);
  for (const stage of stages.values()) count(`stages/stage.${stage}`);
  for (const { decision, reason } of decisions)
    count(`orchestration/decision.${decision}${decision === 'dropped' ? `.${reason}` : ''}`);
  count('delivery/mails.pending', sent.length);
  count('sender/mails.pending', -sent.length);
  count('sender/mails.accepted', sent.length);
  return {
    topics: {
      clock: { from, to: end },
      collected: orders + people.length,
      profiles: known.map(({ id }) => ({ person: id, replayed: true })),
      events: known.flatMap(({ id, orders: theirs }) => theirs.map(({ at }) => ({ person: id, event: 'Order Completed', at }))),
      milestones,
      transitions,
      decisions,
      outcomes: sent.map(({ id }) => ({ messageId: id, outcome: 'accepted' })),
      deadLetters: [],
    },
    tables: {
      tallies,
      persons: people.length,
      reached: new Map(
        known.map(({ id, milestones: reached }) => [
          id,
          Object.fromEntries(reached.map(({ milestone, occurrence }) => [milestone, occurrence])),
        ]),
      ),
      stages,
      open,
      mails: sent.map(({ id, person }) => ({
        id,
        person,
        state: 'accepted',
        email: addresses.get(person) ?? '',
        replayed: true,
      })),
    },
    inbox: sent.map(({ id, person }) => ({ messageId: `${id}@shop.example`, to: [addresses.get(person) ?? ''] })),
  };
}
