import type { DataOf, events, milestones, scores, stages } from '#contracts';

type Variables = Readonly<Record<string, unknown>>;

/** An event's properties are printed up to this many characters of JSON. */
const propertyLimit = 8_192;

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

/** A property that no longer fits is left out, and `properties_truncated` says so. */
export function ofEvent({ event, occurred_at, properties }: DataOf<typeof events>): Variables {
  let room = propertyLimit;
  const kept = Object.entries(properties).filter(([name, value]) => {
    const size = name.length + JSON.stringify(value).length;
    if (size > room) return false;
    room -= size;
    return true;
  });
  const truncated = kept.length < Object.keys(properties).length;
  return { event, occurred_at, properties: Object.fromEntries(kept), ...(truncated ? { properties_truncated: true } : {}) };
}
