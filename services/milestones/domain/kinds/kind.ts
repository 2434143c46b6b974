import type { MilestoneNature } from '#contracts';
import type { MilestoneRule } from '#playbook';

/** What is known so far of the events that a definition is about. */
export interface SoFar {
  readonly count: number;
  /** In minor units. */
  readonly sum: number;
}

/** What every meaning says of itself. */
interface Natured {
  /** Travels in the record: caps of later services name no kind. */
  readonly nature: MilestoneNature;
}

/** Reached once, by the event that lifts what is measured to the threshold or above. */
export interface ByEvent extends Natured {
  readonly by: 'event';
  readonly threshold: number;
  readonly measured: (soFar: SoFar) => number;
  /** The property that is added up, where the kind needs a sum. */
  readonly adds?: { readonly property: string; readonly currency: string; readonly digits: number };
}

/** When an occurrence is due: the instant (epoch ms) and the person's local date that it is about. */
export interface Due {
  readonly at: number;
  readonly date: string;
}

/** Reached again and again by time alone, counted from the earliest event. */
export interface ByTime extends Natured {
  readonly by: 'time';
  /** When the n-th occurrence (from 1) is due for an event at `since` (epoch ms), in the person's zone. Grows with n. */
  readonly due: (since: number, occurrence: number, zone: string) => Due;
}

/** A kind of milestone: makes the meaning of a playbook entry of its kind, and nothing of others. */
export type Kind = (rule: MilestoneRule) => ByEvent | ByTime | undefined;
