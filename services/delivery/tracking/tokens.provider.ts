/** Injects the `LinkTokens` of this installation. */
export const LINK_TOKENS = Symbol('LINK_TOKENS');
