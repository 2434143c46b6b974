import { categoryPolicies, type CategoryPolicies } from '#facts';
import { durationMs, type Playbook } from '#playbook';

/** What ingestion reads of the playbook, by processor. */
export interface IngestionRules {
  readonly identity: { readonly lifetimeMs: number };
  readonly profile: CategoryPolicies;
}

export const rulesOf = ({ ids, categories }: Playbook): IngestionRules => ({
  identity: { lifetimeMs: durationMs(ids.anonymous_lifetime) },
  profile: categoryPolicies(categories),
});
