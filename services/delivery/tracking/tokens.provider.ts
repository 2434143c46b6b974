/** Injects the `LinkTokens` of this installation. */
export const LINK_TOKENS = Symbol('LINK_TOKENS');

/** Injects the counter of links that were not followed, by purpose and reason. */
export const REFUSED_LINKS = Symbol('REFUSED_LINKS');

/** Injects how the playbook calls its categories: `CategoryTitles`. */
export const CATEGORY_TITLES = Symbol('CATEGORY_TITLES');
