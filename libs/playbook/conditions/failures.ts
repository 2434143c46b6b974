import type { FailureListener } from './condition.ts';

/** The durable counter of a rule's condition that came to no answer: why, and which rule. */
export const failureTally = /^condition\.([a-z]+)\.(.+)$/;

interface Counted {
  readonly tally?: Readonly<Record<string, number>> | undefined;
}

/**
 * Counts the conditions that come to no answer while one decision is made. What a decision counts depends on nothing but its own input:
 * the count begins anew with each.
 */
export class Failures {
  private readonly counts = new Map<string, number>();

  /** Hears of the conditions of one rule, as `<section>/<id>` of the playbook. */
  of(rule: string): FailureListener {
    return (reason) => {
      const name = `condition.${reason}.${rule}`;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    };
  }

  /** A decision, with what it counted beside its own tally. */
  counted<Decision extends Counted>(decide: () => Decision): Decision {
    this.counts.clear();
    const decision = decide();
    return this.counts.size === 0 ? decision : { ...decision, tally: { ...decision.tally, ...Object.fromEntries(this.counts) } };
  }
}
