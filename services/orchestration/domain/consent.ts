import type { Consents } from '#contracts';
import { own } from '#facts';

export const transactional = 'transactional';

/** Has the person withdrawn from this category, or from all? What nobody withdrew is allowed; transactional mail is exempt. */
export const optedOut = (consents: Consents | undefined, category: string): boolean =>
  category !== transactional && (own(consents ?? {}, category)?.granted === false || consents?.['all']?.granted === false);
