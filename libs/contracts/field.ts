import type { z } from 'zod';

/** Classes of personal data, by what a field lets a reader learn about a person. */
export const personalClasses = {
  none: 'nothing about a person by itself',
  pseudonym: 'an id that leads to one person only together with the profiles',
  identity: 'names a person or lets somebody reach them',
  behaviour: 'what a person did or chose, or how Hito judges it',
  device: 'a technical trace of a person’s device or network',
  free: 'whatever the platform sends: it may hold any class',
} as const;
export type PersonalClass = keyof typeof personalClasses;

/** The keyword of JSON Schema under which a field's class of personal data stands. */
export const personalKeyword = 'x-personal';

/** Declares a field of a record: its class of personal data and its meaning. The reference and the topic catalogue are made of both. */
export const field = <Schema extends z.ZodType>(schema: Schema, personal: PersonalClass, meaning: string): Schema =>
  schema.meta({ description: meaning, [personalKeyword]: personal });
