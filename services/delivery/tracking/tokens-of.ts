import { keyRing, type RingEntry } from '#platform';
import { linkTokens, type LinkTokens } from './token.ts';

/** The variables that links depend on. */
export interface LinkEnvironment {
  readonly HITO_SIGNING_KEY: string;
  readonly HITO_LINK_KEYS?: readonly RingEntry[] | undefined;
  readonly HITO_LINK_DAYS?: number | undefined;
}

/** The tokens of an installation: what the sender writes, the pages read. */
export const tokensOf = (env: LinkEnvironment): LinkTokens =>
  linkTokens(keyRing('links', env.HITO_SIGNING_KEY, env.HITO_LINK_KEYS), env.HITO_LINK_DAYS);
