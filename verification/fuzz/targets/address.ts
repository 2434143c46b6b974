import fc from 'fast-check';
import { parseAddress } from '#facts';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const part = fc.array(fc.oneof(anyUnits, fc.constantFrom('a', '.', '-', 'xn--', 'bücher', '日本', '@', '\u200d')), {
  maxLength: 5,
});

/** What is read as an address is one address, fit for `To:` and `RCPT TO`, and is read as itself. */
export const address = target(
  'facts/address',
  fc.property(
    fc
      .tuple(part, part, fc.constantFrom('.example', '.', ''))
      .map(([local, domain, end]) => `${local.join('')}@${domain.join('')}${end}`),
    (text) => {
      const read = parseAddress(text);
      if (!read.ok) return true;
      const again = parseAddress(read.address);
      return (
        again.ok &&
        again.address === read.address &&
        again.key === read.key &&
        /^[^\p{Cc}\p{Z}<>()[\],;:\\"@]{1,64}@[a-z0-9.-]{4,253}$/u.test(read.address) &&
        Buffer.byteLength(read.address) <= 254
      );
    },
  ),
);
