import { categoryPolicies, type CategoryPolicies } from '#facts';
import type { Playbook } from '#playbook';

/** What delivery reads of the playbook. */
export interface DeliveryRules {
  readonly defaults: { readonly zone: string; readonly locale: string };
  readonly categories: CategoryPolicies;
}

export const rulesOf = ({ defaults, categories }: Playbook): DeliveryRules => ({
  defaults,
  categories: categoryPolicies(categories),
});
