import type { Consents } from '#contracts';

export const transactional = 'transactional';

/** Has the person withdrawn from this category, or from all? What nobody withdrew is allowed; transactional mail is exempt. */
export const optedOut = (consents: Consents | undefined, category: string): boolean =>
  category !== transactional && (consents?.[category]?.granted === false || consents?.['all']?.granted === false);
