import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'uuid';

interface Mail {
  readonly personId: string;
  readonly messageId: string;
}

/** What a link says. The address to go to is part of what is signed, so a redirect leads only where the mail did. */
export type Claim =
  | (Mail & { readonly purpose: 'open' })
  | (Mail & { readonly purpose: 'click'; readonly index: number; readonly url: string })
  | (Mail & { readonly purpose: 'unsubscribe'; readonly category: string });

export type Purpose = Claim['purpose'];
export type ClaimOf<P extends Purpose> = Extract<Claim, { purpose: P }>;

export interface LinkTokens {
  sign(claim: Claim): string;
  /** What was signed, or nothing: altered, cut, made for another purpose or by another key. */
  read<P extends Purpose>(purpose: P, token: string): ClaimOf<P> | undefined;
}

const version = 1;
const purposes = ['open', 'click', 'unsubscribe'] as const satisfies readonly Purpose[];
const headBytes = 2 + 16 + 16;
const macBytes = 16;

/** The longest link that is written and read, characters: what proxies and mail programs let through. */
export const longestLink = 8_000;

/**
 * Tokens of links: base64url of version, purpose, person, message, the rest, and HMAC-SHA256 cut to 128 bits. The key in use is derived
 * from `signingKey` (HITO_SIGNING_KEY) for this use only. Throws where the key is shorter than 16 characters.
 */
export function linkTokens(signingKey: string): LinkTokens {
  if (signingKey.length < 16) {
    throw new Error('HITO_SIGNING_KEY is shorter than 16 characters. Make one with: openssl rand -hex 32');
  }
  const key = createSecretKey(createHmac('sha256', signingKey).update('hito links v1').digest());
  const mac = (body: Uint8Array): Buffer => createHmac('sha256', key).update(body).digest().subarray(0, macBytes);
  return {
    sign(claim) {
      const body = encode(claim);
      return Buffer.concat([body, mac(body)]).toString('base64url');
    },
    read<P extends Purpose>(purpose: P, token: string) {
      if (token.length > longestLink) return undefined;
      const bytes = Buffer.from(token, 'base64url');
      // Node's decoder skips what it does not know: only the one spelling that `sign` writes is a token.
      if (bytes.length < headBytes + macBytes || bytes.toString('base64url') !== token) return undefined;
      const body = bytes.subarray(0, -macBytes);
      if (!timingSafeEqual(mac(body), bytes.subarray(-macBytes))) return undefined;
      const claim = decode(body);
      return claim?.purpose === purpose ? (claim as ClaimOf<P>) : undefined;
    },
  };
}

function encode(claim: Claim): Buffer {
  const head = Buffer.concat([
    Buffer.from([version, purposes.indexOf(claim.purpose)]),
    parse(claim.personId),
    parse(claim.messageId),
  ]);
  switch (claim.purpose) {
    case 'open':
      return head;
    case 'click':
      if (!isWeb(claim.url))
        throw new Error(`A mail may only link to http and https addresses, spelled as URL.href spells them; got ${claim.url}`);
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

function decode(body: Buffer): Claim | undefined {
  const purpose = purposes[body.readUInt8(1)];
  if (body.readUInt8(0) !== version || purpose === undefined) return undefined;
  const mail = { personId: stringify(body.subarray(2, 18)), messageId: stringify(body.subarray(18, 34)) };
  const rest = body.subarray(headBytes);
  switch (purpose) {
    case 'open':
      return { purpose, ...mail };
    case 'click':
      return { purpose, ...mail, index: rest.readUInt16BE(0), url: rest.subarray(2).toString('utf8') };
    case 'unsubscribe':
      return { purpose, ...mail, category: rest.toString('utf8') };
  }
}
