/** The rules of a processor from an instant of its tasks' time until the next version takes effect. */
export interface RulesVersion {
  readonly rules: unknown;
  readonly version: string;
}

/** Which rules hold when: the same answer for every task that asks, in every process. Instants are epoch ms of a task's time. */
export interface Timeline {
  /** In force at the instant. */
  at(instant: number): RulesVersion;
  /** When the next version after the instant takes effect; Infinity: none is known. */
  after(instant: number): number;
  /** Live: no version that is not known yet takes effect before this. */
  knownUntil(): number;
}

/** The same rules for the life of a process. */
export const fixedRules = (rules: unknown, version: string): Timeline => {
  const only: RulesVersion = { rules, version };
  return { at: () => only, after: () => Infinity, knownUntil: () => Infinity };
};
