import { collected } from './collected.ts';
import type { Contract } from './contract.ts';
import { deadLetters, services } from './dead-letters.ts';
import { events } from './events.ts';
import { hits } from './hits.ts';
import { identified } from './identified.ts';
import { messages } from './messages.ts';
import { milestones } from './milestones.ts';
import { outcomes } from './outcomes.ts';
import { profiles } from './profiles.ts';
import { scores } from './scores.ts';
import { stages } from './stages.ts';

export * from './contract.ts';
export * from './dead-letters.ts';
export { derivedId } from './derived-id.ts';
export * from './envelope.ts';
export { personalClasses, personalKeyword, type PersonalClass } from './field.ts';
export * from './person.ts';
export { type DecidedCandidate } from './messages.ts';
export { collected, events, hits, identified, messages, milestones, outcomes, profiles, scores, stages };

/** Every topic of an installation. */
export const contracts: readonly Contract[] = [
  collected,
  identified,
  events,
  profiles,
  scores,
  stages,
  milestones,
  messages,
  hits,
  outcomes,
  ...services.map(deadLetters),
];
export { milestoneNatures, type MilestoneNature } from './milestones.ts';
