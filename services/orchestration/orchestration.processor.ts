import { events, messages, milestones, outcomes, profiles, scores, stages } from '#contracts';
import { emit, processor, type Decision, type Message } from '#stream';
import { decide, wakeAt } from './domain/decide.ts';
import type { Person } from './domain/person.ts';
import type { OrchestrationRules } from './domain/rules.ts';

type Inputs = typeof profiles | typeof events | typeof scores | typeof stages | typeof milestones | typeof outcomes;

function decided(state: Person | undefined, message: Message<Inputs>, rules: OrchestrationRules): Decision<Person> {
  return rules.failures.counted(() => {
    const { state: after, decisions, tally } = decide(state, message, rules);
    return { state: after, emit: decisions.map((data) => ({ ...emit(messages, data), trace: data.candidate.trace })), tally };
  });
}

/** Where the candidates of all plays of a person meet, and at most one mail a day leaves; each ends sent or dropped, with its reason. */
export const orchestrationProcessor = processor({
  service: 'orchestration',
  name: 'orchestration',
  version: 3,
  // Version 2 names the candidate of a sent mail and remembers mails that were put back; what version 1 wrote has neither.
  // Version 3 knows by what candidates were judged, instead of a version of the whole playbook.
  upgrades: { 1: (state: Person) => state, 2: ({ playbook: _, ...state }: Person & { playbook?: string }): Person => state },
  inputs: [
    { contract: profiles, kind: 'ordered' },
    { contract: events, kind: 'ordered' },
    { contract: scores, kind: 'ordered' },
    { contract: stages, kind: 'ordered' },
    { contract: milestones, kind: 'ordered' },
    { contract: outcomes, kind: 'feedback' },
  ],
  outputs: [{ contract: messages }],
  decide: decided,
  wakeAt,
});
