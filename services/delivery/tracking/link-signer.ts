import { longestLink, type LinkTokens } from './token.ts';

/** Makes the links of one mail. */
export interface LinkSigner {
  /**
   * The link to write for `url`, the mail's `index`-th (from 0); `url` itself where the person is not tracked, or where the link would be
   * longer than `longestLink`: a reader that arrives uncounted is better than one that does not.
   */
  click(url: string, index: number): string;
  /** The address of the open pixel; nothing where the person is not tracked. */
  open(): string | undefined;
  /** The address of the page (GET) and of the one-click endpoint (POST) for a category; also for `List-Unsubscribe`. */
  unsubscribe(category: string): string;
}

interface Mailed {
  readonly personId: string;
  readonly messageId: string;
  /** False where opens and clicks may not be measured: no pixel, no rewritten link. */
  readonly tracked: boolean;
  /** The decision's instant, epoch ms; absent: its links have no end. */
  readonly decidedAt?: number;
  /** A BCP 47 tag; the pages behind the links are in it. */
  readonly language?: string;
}

const dayMs = 86_400_000;
/** What two bytes hold beside `endless`: some day in 2149. */
const lastDay = 65_534;
/** What the two bytes of an index can tell apart. */
const mostLinks = 65_535;

/** The signer of one mail's links under `publicUrl` (HITO_PUBLIC_URL). */
export function linkSigner(
  tokens: LinkTokens,
  publicUrl: string,
  { personId, messageId, tracked, decidedAt, language }: Mailed,
): LinkSigner {
  const base = publicUrl.replace(/\/+$/, '');
  const mail = {
    personId,
    messageId,
    ...(decidedAt === undefined ? {} : { issued: Math.min(Math.max(0, Math.floor(decidedAt / dayMs)), lastDay) }),
    ...(language !== undefined && /^[\w-]{2,35}$/.test(language) ? { language } : {}),
  };
  return {
    click(url, index) {
      if (!tracked || index > mostLinks) return url;
      const link = `${base}/t/c/${tokens.sign({ purpose: 'click', ...mail, index, url })}`;
      return link.length > longestLink ? url : link;
    },
    open: () => (tracked ? `${base}/t/o/${tokens.sign({ purpose: 'open', ...mail })}` : undefined),
    unsubscribe: (category) => `${base}/t/u/${tokens.sign({ purpose: 'unsubscribe', ...mail, category })}`,
  };
}
