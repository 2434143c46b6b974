import { messages } from '#contracts';
import { decide, wakeAt } from '../domain/decide.ts';
import type { Input } from '../domain/input.ts';
import type { Person } from '../domain/person.ts';
import type { OrchestrationRules } from '../domain/rules.ts';
import type { MessageData } from '../domain/verdict.ts';

/** A decision with the instant at which it was taken. */
export type Decided = MessageData & { readonly at: number };

export interface Course {
  readonly person: Person | undefined;
  readonly decisions: readonly Decided[];
  readonly tally: Readonly<Record<string, number>>;
}

const anId = '6ba7b810-9dad-51d1-80b4-00c04fd430c8';

/** A decision as the runtime would publish it; throws where it breaks the contract. */
function checked(decision: MessageData, at: number): Decided {
  messages.schema.parse({ ...decision, id: anId, person_id: anId, at: new Date(at).toISOString(), cause: { id: anId } });
  return { ...decision, at };
}

/**
 * Leads one person through messages (in order) as a driven task does: a wake is taken once all of its own instant has been (strict),
 * and before what is later. `late` delays every wake, as live; `from` is who the person was before, `begin` the time (epoch ms) at
 * which this life goes on. States pass through JSON, as through the database.
 */
export function drive(
  inputs: readonly Input[],
  rules: OrchestrationRules,
  until: number,
  { late = 0, from, begin = -Infinity }: { late?: number; from?: Person | undefined; begin?: number } = {},
): Course {
  let person = from;
  const decisions: Decided[] = [];
  const tally: Record<string, number> = {};
  const take = (input: Input): void => {
    const answer = decide(person, input, rules);
    person = answer.state === person ? person : (JSON.parse(JSON.stringify(answer.state)) as Person);
    decisions.push(...answer.decisions.map((decision) => checked(decision, input.at)));
    for (const [name, by] of Object.entries(answer.tally)) tally[name] = (tally[name] ?? 0) + by;
  };
  const wakesBefore = (instant: number): void => {
    for (;;) {
      const named = person === undefined ? undefined : wakeAt(person, rules);
      if (named === undefined || named + late >= instant) return;
      take({ kind: 'wake', named, at: Math.max(begin, named + late) });
      const next = person === undefined ? undefined : wakeAt(person, rules);
      if (next !== undefined && next <= named)
        throw new Error(
          `After the wake of ${new Date(named).toISOString()} the next one is not later: ${new Date(next).toISOString()}`,
        );
    }
  };
  for (const input of inputs) {
    wakesBefore(input.at);
    take(input);
  }
  wakesBefore(until);
  return { person, decisions, tally };
}
