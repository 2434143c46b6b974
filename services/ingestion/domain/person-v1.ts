import type { Ledger } from '#facts';
import { isConsentField } from './consent-fields.ts';
import type { Json } from './fields.ts';
import type { Person } from './profile.ts';
import { noted } from './traits.ts';

/** A person as version 1 kept them: traits as an object, consents as their last change. */
export interface PersonV1 extends Omit<Person, 'traits' | 'consents'> {
  readonly traits: Json;
  readonly consents: Readonly<Record<string, { readonly granted: boolean; readonly changed_at: string }>>;
}

/** Whose words the old consents were is not known: over a withdrawal only an act of the person, or a source's new change, counts. */
export function fromV1({ traits, consents, ...person }: PersonV1): Person {
  const said = Object.fromEntries(Object.entries(traits).filter(([name, value]) => !isConsentField(name, value)));
  const ledger: Ledger = Object.entries(consents).map(([name, { granted, changed_at }]) => {
    const since = Date.parse(changed_at);
    return [name, { granted, since, by: 'before', words: [], ...(granted ? {} : { floor: since }) }];
  });
  return { ...person, traits: noted([], said, false).traits, consents: ledger };
}
