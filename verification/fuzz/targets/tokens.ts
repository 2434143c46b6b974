import fc from 'fast-check';
import { keyRing } from '#platform';
import { linkSigner } from '../../../services/delivery/tracking/index.ts';
import { linkTokens } from '../../../services/delivery/tracking/token.ts';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const tokens = linkTokens(keyRing('links', 'a key for the fuzz run that is long, another key that is long enough'));
const purposes = ['open', 'click', 'unsubscribe'] as const;
const mail = fc.record({ personId: fc.uuid(), messageId: fc.uuid(), decidedAt: fc.double(), language: anyUnits });
const url = fc
  .tuple(fc.webUrl({ withQueryParameters: true, withFragments: true }), anyUnits, fc.nat(7_000))
  .map(([base, tail, length]) => URL.parse(base + tail + 'ñ'.repeat(length / 6))?.href)
  .filter((href) => href !== undefined);

/** Whatever a reader's browser asks for: no token but ours is read, altered ones neither, and nothing throws. */
export const tokensRead = target(
  'delivery/tokens',
  fc.property(mail, url, anyUnits, fc.uint8Array({ maxLength: 200 }), fc.nat(), (who, href, category, bytes, where) => {
    const signer = linkSigner(tokens, 'https://mail.example', { ...who, tracked: true });
    const strange = [category, Buffer.from(bytes).toString('base64url'), Buffer.from(bytes).toString('latin1')];
    if (strange.some((text) => purposes.some((purpose) => tokens.read(purpose, text) !== undefined))) return false;
    const links = { open: signer.open() ?? '', click: signer.click(href, 0), unsubscribe: signer.unsubscribe(category) };
    return purposes.every((purpose) => {
      const link = links[purpose];
      if (link === href) return true;
      const token = link.split('/').at(-1) ?? '';
      const ours = Buffer.from(token, 'base64url');
      const flipped = Buffer.from(ours);
      flipped[(where >> 3) % ours.length] = (flipped[(where >> 3) % ours.length] ?? 0) ^ (1 << (where & 7));
      const claim = tokens.read(purpose, token);
      return (
        /^[\w-]+$/.test(token) &&
        claim?.personId === who.personId &&
        claim.messageId === who.messageId &&
        (!('url' in claim) || claim.url === href) &&
        purposes.every((other) => other === purpose || tokens.read(other, token) === undefined) &&
        tokens.read(purpose, flipped.toString('base64url')) === undefined &&
        tokens.read(purpose, token.slice(0, where % token.length)) === undefined
      );
    });
  }),
);
