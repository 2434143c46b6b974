import type { LinkTokens } from './token.ts';

/** Makes the links of one mail. */
export interface LinkSigner {
  /** The link to write for `url`, the mail's `index`-th (from 0); `url` itself where the person is not tracked. */
  click(url: string, index: number): string;
  /** The address of the open pixel; nothing where the person is not tracked. */
  open(): string | undefined;
  /** The address of the page (GET) and of the one-click endpoint (POST) for a category; also for `List-Unsubscribe`. */
  unsubscribe(category: string): string;
}

interface Mailed {
  readonly personId: string;
  readonly messageId: string;
  /** False where the person withdrew `tracking`: no pixel, no rewritten link. */
  readonly tracked: boolean;
}

/** The signer of one mail's links under `publicUrl` (HITO_PUBLIC_URL). */
export function linkSigner(tokens: LinkTokens, publicUrl: string, { personId, messageId, tracked }: Mailed): LinkSigner {
  const base = publicUrl.replace(/\/+$/, '');
  const mail = { personId, messageId };
  return {
    click: (url, index) => (tracked ? `${base}/t/c/${tokens.sign({ purpose: 'click', ...mail, index, url })}` : url),
    open: () => (tracked ? `${base}/t/o/${tokens.sign({ purpose: 'open', ...mail })}` : undefined),
    unsubscribe: (category) => `${base}/t/u/${tokens.sign({ purpose: 'unsubscribe', ...mail, category })}`,
  };
}
