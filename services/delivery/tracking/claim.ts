import { parse, stringify } from 'uuid';

interface Mail {
  readonly personId: string;
  readonly messageId: string;
  /** The UTC day of the mail's decision, counted from 1970; absent: it has no end. */
  readonly issued?: number;
  /** The mail's language, such as `es-MX`; pages are shown in it. */
  readonly language?: string;
}

/** What a link says. The address to go to is part of it, so a redirect leads only where the mail did. */
export type Claim =
  | (Mail & { readonly purpose: 'open' })
  | (Mail & { readonly purpose: 'click'; readonly index: number; readonly url: string })
  | (Mail & { readonly purpose: 'unsubscribe'; readonly category: string });

export type Purpose = Claim['purpose'];
export type ClaimOf<P extends Purpose> = Extract<Claim, { purpose: P }>;

export const purposes = ['open', 'click', 'unsubscribe'] as const satisfies readonly Purpose[];
const endless = 0xffff;
/** Purpose, day, length of the language. */
const fixedBytes = 1 + 16 + 16 + 2 + 1;

/** A claim as bytes: purpose, person, message, day, language, and what the purpose adds. Throws for an address that is not on the web. */
export function encode(claim: Claim): Buffer {
  const language = Buffer.from(claim.language ?? '', 'latin1').subarray(0, 35);
  const issued = claim.issued ?? endless;
  const head = Buffer.concat([
    Buffer.from([purposes.indexOf(claim.purpose)]),
    parse(claim.personId),
    parse(claim.messageId),
    Buffer.from([issued >> 8, issued & 255, language.length]),
    language,
  ]);
  switch (claim.purpose) {
    case 'open':
      return head;
    case 'click':
      if (!isWeb(claim.url))
        throw new Error('A mail may only link to http and https addresses, spelled as URL.href spells them.');
      return Buffer.concat([head, Buffer.from([claim.index >> 8, claim.index & 255]), Buffer.from(claim.url, 'utf8')]);
    case 'unsubscribe':
      return Buffer.concat([head, Buffer.from(claim.category, 'utf8')]);
  }
}

/** Absolute, http or https, in its one canonical spelling. */
function isWeb(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed?.href === url && (parsed.protocol === 'https:' || parsed.protocol === 'http:');
}

/** What `encode` wrote; nothing where it is not that. */
export function decode(bytes: Buffer): Claim | undefined {
  const purpose = purposes[bytes[0] ?? purposes.length];
  const restAt = fixedBytes + (bytes[fixedBytes - 1] ?? 0);
  if (purpose === undefined || bytes.length < restAt) return undefined;
  const issued = bytes.readUInt16BE(33);
  const language = bytes.toString('latin1', fixedBytes, restAt);
  const mail = {
    personId: stringify(bytes.subarray(1, 17)),
    messageId: stringify(bytes.subarray(17, 33)),
    ...(issued === endless ? {} : { issued }),
    ...(language === '' ? {} : { language }),
  };
  const rest = bytes.subarray(restAt);
  switch (purpose) {
    case 'open':
      return { purpose, ...mail };
    case 'click':
      return rest.length < 2
        ? undefined
        : { purpose, ...mail, index: rest.readUInt16BE(0), url: rest.subarray(2).toString('utf8') };
    case 'unsubscribe':
      return { purpose, ...mail, category: rest.toString('utf8') };
  }
}
