export { linkSigner, type LinkSigner } from './link-signer.ts';
export type { LinkTokens } from './token.ts';
export { trackingRoutes } from './described-routes.ts';
export { tracking } from './tracking.module.ts';
export { tokensOf } from './tokens-of.ts';
