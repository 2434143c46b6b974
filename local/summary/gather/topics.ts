import {
  collected,
  deadLetterHeaders,
  deadLetters,
  events,
  messages,
  milestones,
  outcomes,
  profiles,
  services,
  stages,
  type DataOf,
  type Service,
} from '#contracts';
import { parseClock } from '#stream';
import type { DeadLetter, DecisionRecord, TopicEvidence } from '../evidence.ts';
import { readAll, readOnce, readRecords, type Source } from './read-topic.ts';

/** Reads the topics to their present ends. */
export async function topicEvidence(source: Source): Promise<TopicEvidence> {
  const [calls, ...rest] = await Promise.all([
    readCollected(source),
    readAll(source, profiles, ({ person_id, replayed }) => ({ person: person_id, replayed })),
    readAll(source, events, ({ person_id, event, moment }) => ({
      person: person_id,
      event,
      at: Date.parse(moment),
    })),
    readAll(source, milestones, ({ person_id, milestone, occurrence, occurred_at, aggregates }) => ({
      person: person_id,
      milestone,
      occurrence,
      at: Date.parse(occurred_at),
      date: aggregates.local_date,
    })),
    readAll(source, stages, ({ person_id, from, to, occurred_at }) => ({
      person: person_id,
      from,
      to,
      at: Date.parse(occurred_at),
    })),
    readAll(source, messages, decisionOf),
    readAll(source, outcomes, ({ message_id, outcome }) => ({ messageId: message_id, outcome })),
    Promise.all(services.map((service) => readDeadLetters(source, service))),
  ]);
  const [people, happened, reached, transitions, decisions, ended, dead] = rest;
  return {
    ...calls,
    profiles: people,
    events: happened,
    milestones: reached,
    transitions,
    decisions,
    outcomes: ended,
    deadLetters: dead.flat(),
  };
}

async function readCollected(source: Source): Promise<Pick<TopicEvidence, 'collected' | 'clock'>> {
  let count = 0;
  let [from, to] = [Infinity, -Infinity];
  await readOnce(
    source,
    collected,
    () => {
      count += 1;
    },
    (control) => {
      const clock = parseClock(control);
      if (clock?.clock !== 'driven') return;
      from = Math.min(from, clock.at);
      to = Math.max(to, clock.at);
    },
  );
  return { collected: count, clock: { from, to } };
}

function decisionOf({
  id,
  person_id,
  decision,
  reason,
  at,
  candidate,
  replayed,
  variables,
}: DataOf<typeof messages>): DecisionRecord {
  const aggregates = variables?.['aggregates'] as { readonly local_date?: string } | undefined;
  return {
    id,
    person: person_id,
    decision,
    reason,
    at: Date.parse(at),
    candidate: candidate.id,
    play: candidate.play,
    trigger: candidate.trigger.name,
    occurredAt: Date.parse(candidate.occurred_at),
    replayed,
    date: aggregates?.local_date,
  };
}

/** Dead letters keep the headers they came with, so their numbers say nothing here: a repeated one is known by the place it came from. */
async function readDeadLetters(source: Source, service: Service): Promise<DeadLetter[]> {
  const found: DeadLetter[] = [];
  const places = new Set<string>();
  await readRecords(source, deadLetters(service), ({ headers, key }) => {
    const said = deadLetterHeaders.parse(headers);
    const place = [said['hito-dl-processor'], said['hito-dl-topic'], said['hito-dl-partition'], said['hito-dl-offset'], key].join(
      ' ',
    );
    const atTheEdge = said['hito-dl-offset'] === '-1';
    if (!atTheEdge && places.has(place)) return;
    places.add(place);
    found.push({
      service,
      processor: said['hito-dl-processor'],
      topic: said['hito-dl-topic'],
      reason: said['hito-dl-reason'],
      key: key ?? '',
    });
  });
  return found;
}
