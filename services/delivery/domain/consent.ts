import type { Consents } from '#contracts';

export const transactional = 'transactional';
export const all = 'all';
const tracking = 'tracking';

/** True when the person has withdrawn this category, or `all`. Transactional mail asks for no consent. */
export const withdrawn = (consents: Consents, category: string): boolean =>
  category !== transactional && (consents[category]?.granted === false || consents[all]?.granted === false);

/** True unless the person has withdrawn tracking: then no pixel, no rewritten link, and a late hit is dropped. */
export const trackable = (consents: Consents): boolean => consents[tracking]?.granted !== false;

/** What was granted or unsaid before and is withdrawn now. */
export const newlyWithdrawn = (before: Consents, after: Consents): string[] =>
  Object.keys(after).filter((category) => after[category]?.granted === false && before[category]?.granted !== false);
