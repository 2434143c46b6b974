export { linkSigner, type LinkSigner, type Mailed } from './link-signer.ts';
export { linkTokens, type LinkTokens } from './token.ts';
export { tracking } from './tracking.module.ts';
