import fc from 'fast-check';
import type { Contract } from '#contracts';
import type { Decision, Processor } from '#stream';

/** Whose records they are. */
export const person = '11111111-1111-5111-8111-111111111111';
/** The last instant to which a person is led, epoch ms. */
export const lastInstant = Date.UTC(9999, 11, 31);
/** Bytes of JSON that one person may take in a processor that declares no bound, for records as small as these. */
const usualBound = 131_072;

/** A processor with its rules, and with those of a playbook that comes after. */
export interface Tried {
  readonly processor: Processor;
  readonly rules: unknown;
  readonly later: unknown;
  /** A state as an older build would have written it; as it is where absent. */
  readonly older?: ((state: unknown) => unknown) | undefined;
}

/** A record to come, `later` ms after the one before. `restart`: how the process before it ended. */
export interface Coming {
  readonly topic: string;
  readonly content: object;
  readonly later: number;
  readonly restart: 'none' | 'playbook' | 'upgrade';
}

/** A record of a topic, from a millisecond to years after the last; a person's time never goes back. */
export const coming = (topic: string, content: fc.Arbitrary<object>): fc.Arbitrary<Coming> =>
  fc.record({
    topic: fc.constant(topic),
    content,
    later: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 86_400_000 }), fc.integer({ min: 0, max: 4e11 })),
    restart: fc.oneof(
      { weight: 8, arbitrary: fc.constant('none' as const) },
      { weight: 1, arbitrary: fc.constant('playbook' as const) },
      { weight: 1, arbitrary: fc.constant('upgrade' as const) },
    ),
  });

/** Leads one person through records and due wakes, and throws where a promise of processors is broken. */
export function lead(
  { processor, rules: first, later: second, older = (state) => state }: Tried,
  begin: number,
  records: readonly Coming[],
): void {
  const { name, maxStateBytes = usualBound } = processor;
  let rules = first;
  let state: unknown;
  let count = 0;
  let now = begin;
  const id = (): string => `00000000-0000-5000-8000-${String(count++).padStart(12, '0')}`;
  const keep = (next: unknown): void => {
    state = next === undefined ? undefined : JSON.parse(JSON.stringify(next));
    const size = Buffer.byteLength(JSON.stringify(state ?? null));
    if (size > maxStateBytes) throw new Error(`${name} keeps ${String(size)} bytes`);
  };
  const take = (message: object): void => {
    const decision: Decision<unknown> = processor.decide(state, message as never, rules);
    for (const { contract, data } of decision.emit ?? []) accepted(contract, data, now);
    for (const [counter, by] of Object.entries(decision.tally ?? {}))
      if (!Number.isSafeInteger(by) || counter === '') throw new Error(`${name} counts ${String(by)} of ${counter}`);
    JSON.stringify(decision.effects ?? []);
    keep(decision.state);
  };
  const next = (): number | undefined => {
    const at = state === undefined ? undefined : processor.wakeAt?.(state, rules);
    if (at !== undefined && !Number.isSafeInteger(at)) throw new Error(`${name} wakes at ${String(at)}`);
    return at;
  };
  for (const { topic, content, later, restart } of records) {
    if (restart === 'playbook') rules = rules === first ? second : first;
    // A state of an older build is much like one of today's with something missing or added.
    if (restart === 'upgrade' && state !== undefined) keep((processor.upgrades?.[1] ?? ((same) => same))(older(state) as never));
    const until = Math.min(now + later, lastInstant);
    let named = next();
    for (let wakes = 0; named !== undefined && named <= until && wakes < 20; wakes++) {
      now = Math.max(now, named);
      take({ kind: 'wake', key: person, id: id(), named, at: now });
      const after = next();
      if (after !== undefined && after <= named) throw new Error(`${name} wakes again at ${String(after)}`);
      named = after;
    }
    now = until;
    const at = new Date(now).toISOString();
    const input = processor.inputs.find(({ contract }) => contract.name === topic);
    const read = input?.contract.schema.safeParse({ id: id(), person_id: person, at, cause: { id: person }, ...content });
    // A record that breaks its contract never comes to a processor.
    if (read?.success !== true) continue;
    input?.dedupe?.(read.data);
    take({ kind: 'record', topic, key: person, id: id(), at: now, data: JSON.parse(JSON.stringify(read.data)) as object });
  }
}

function accepted(contract: Contract, data: object, now: number): void {
  const message = { ...data, id: person, person_id: person, at: new Date(now).toISOString(), cause: { id: person } };
  const read = contract.schema.safeParse(JSON.parse(JSON.stringify(message)));
  if (!read.success) throw new Error(`an emission violates ${contract.name}: ${read.error.message}`);
}
