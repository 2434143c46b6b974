import type { DataOf, events, identified } from '#contracts';

/** What is published of a call that is an event. */
export type CanonicalEvent = Omit<DataOf<typeof events>, 'id' | 'person_id' | 'at' | 'cause'>;

/** The event that a call is, or nothing: identify, group, alias and unknown words are none. */
export function eventOf(call: DataOf<typeof identified>): CanonicalEvent | undefined {
  const event = nameOf(call.type, call.event);
  if (event === undefined) return undefined;
  const view = call.type !== 'track' && call.event !== undefined;
  return {
    event,
    ...momentFields(call),
    source: call.source,
    message_id: call.message_id,
    ...(call.user_id === undefined ? {} : { user_id: call.user_id }),
    properties: view ? { name: call.event, ...call.properties } : (call.properties ?? {}),
  };
}

/** Where the claim was judged, the arrival was known; here a clock that runs fast is held to the instant of its record. */
function momentFields({ occurred_at, moment_source, timestamp, original_timestamp, at }: DataOf<typeof identified>) {
  const claim = timestamp ?? original_timestamp;
  return {
    moment: occurred_at < at ? occurred_at : at,
    moment_source: moment_source ?? (claim === undefined ? 'arrival' : 'claimed'),
    ...(claim === undefined ? {} : { claim }),
  } as const;
}

function nameOf(type: string, event: string | undefined): string | undefined {
  if (type === 'track') return event;
  if (type === 'page') return 'Page Viewed';
  return type === 'screen' ? 'Screen Viewed' : undefined;
}
