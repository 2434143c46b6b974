import { categoryPolicies } from '#facts';
import { durationMs, type Playbook } from '#playbook';
import type { IdentityRules } from './domain/identity.ts';
import type { ProfileRules } from './profile.processor.ts';

/** What ingestion reads of the playbook, by processor. */
export interface IngestionRules {
  readonly identity: IdentityRules;
  readonly profile: ProfileRules;
}

export const rulesOf = ({ ids, categories }: Playbook): IngestionRules => ({
  identity: { lifetimeMs: durationMs(ids.anonymous_lifetime) },
  profile: {
    categories: categoryPolicies(categories),
    ...(ids.address_from === undefined ? {} : { addressFrom: new Set(ids.address_from) }),
    shared: { anonymousIds: ids.shared.anonymous_ids, addresses: ids.shared.addresses },
  },
});
