import type { DataOf, events, milestones, scores, stages } from '#contracts';

type Variables = Readonly<Record<string, unknown>>;

/** The properties of one event take at most so many bytes of a candidate, as JSON in UTF-8. */
export const propertyLimit = 8_192;
/** And those of all open candidates of a person together so many. */
const openVariablesLimit = 24_576;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** How many bytes the properties of each of `n` further candidates may take beside those that are open. */
export function roomBeside(open: readonly { readonly variables: Variables }[], n: number): number {
  const left = openVariablesLimit - open.reduce((sum, { variables }) => sum + sizeOf(variables), 0);
  return Math.max(0, Math.min(propertyLimit, Math.floor(left / n)));
}

/** The variables of a candidate that comes back, without its properties where there is no room for them any more. */
export const roomFor = (variables: Variables, open: readonly { readonly variables: Variables }[]): Variables =>
  'properties' in variables && sizeOf(variables['properties']) > roomBeside(open, 1)
    ? { ...variables, properties: {}, properties_truncated: true }
    : variables;

export const ofMilestone = ({
  milestone,
  kind,
  occurrence,
  occurred_at,
  significance,
  threshold,
  value,
  aggregates,
}: DataOf<typeof milestones>): Variables => ({
  milestone,
  kind,
  occurrence,
  occurred_at,
  significance,
  threshold,
  value,
  aggregates,
});

/** `since`: the event that the quiet time counts from; `quiet_ms`: how long it has been. */
export const ofStage = ({ from, to, occurred_at, evidence }: DataOf<typeof stages>): Variables => ({
  from,
  stage: to,
  occurred_at,
  ...(evidence.since === undefined ? {} : { since: evidence.since }),
  ...(evidence.quiet_ms === undefined ? {} : { quiet_ms: evidence.quiet_ms }),
});

export const ofScore = ({ band, previous_band, total, engagement, fit }: DataOf<typeof scores>): Variables => ({
  band,
  previous_band,
  total,
  engagement,
  fit,
});

/** The properties of an event with its secrets sealed. */
export type HideSecrets = (event: string, properties: Variables) => Variables;

/** A property that no longer fits into the room (bytes) is left out, and `properties_truncated` says so. */
export function ofEvent({ event, moment, properties }: DataOf<typeof events>, hide: HideSecrets, room: number): Variables {
  let left = room;
  const all = Object.entries(hide(event, properties));
  const kept = all.filter(([name, value]) => {
    const size = sizeOf([name, value]);
    if (size > left) return false;
    left -= size;
    return true;
  });
  const truncated = kept.length < all.length;
  return {
    event,
    occurred_at: moment,
    properties: Object.fromEntries(kept),
    ...(truncated ? { properties_truncated: true } : {}),
  };
}
