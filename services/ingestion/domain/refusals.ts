/** Why a call is refused, as a word to count and group by. */
export const callRefusals = [
  'not_an_object',
  'too_deep',
  'too_many_keys',
  'too_large',
  'no_type',
  'unknown_type',
  'no_event',
  'no_id',
  'nobody_id',
  'odd_id',
  'bad_field',
  'bad_alias',
] as const;

/** Why a whole body is refused, before any of its calls is looked at. */
export const bodyRefusals = [
  'unknown_key',
  'body_too_large',
  'not_json',
  'unread_encoding',
  'no_batch',
  'too_many_items',
  'too_many_values',
  'large_envelope',
] as const;

export type CallRefusal = (typeof callRefusals)[number];
export type BodyRefusal = (typeof bodyRefusals)[number];
export type Refusal = CallRefusal | BodyRefusal;
