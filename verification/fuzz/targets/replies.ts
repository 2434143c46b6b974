import fc from 'fast-check';
import { defaultBackoff } from '../../../services/delivery/domain/backoff.ts';
import { settle } from '../../../services/delivery/domain/reply.ts';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const code = fc.tuple(
  fc.constantFrom('550', '554-', '421', '450', '250', ''),
  fc.constantFrom(' ', '-', ''),
  fc.nat(9),
  fc.nat(99),
);
const reply = fc.oneof(
  anyUnits,
  fc
    .tuple(
      code,
      fc.constantFrom(' user unknown', ' sender address rejected: user unknown', '\n550 5.1.1 x', ' spam\0', 'x'.repeat(3_000)),
      anyUnits,
    )
    .map(
      ([[smtp, between, subject, detail], text, rest]) => `${smtp}${between}5.${String(subject)}.${String(detail)}${text}${rest}`,
    ),
);

/** Whatever a server says before or after the body, it is settled at once, in bounds, and only a recipient's fault suppresses. */
export const replies = target(
  'delivery/replies',
  fc.property(
    reply,
    fc.constantFrom('envelope' as const, 'body' as const),
    fc.constantFrom('MAIL' as const, 'RCPT' as const, 'DATA' as const),
    fc.nat(5_000),
    (text, stage, command, deferrals) => {
      const settlement = settle({ kind: 'reply', stage, command, text }, deferrals, defaultBackoff);
      if (settlement === undefined) return false;
      const { state, reply: kept = '', suppressAddress, blame, retryInMs = 0 } = settlement;
      return (
        kept.length <= 1_000 &&
        kept.isWellFormed() &&
        !/[^\P{Cc}\n]/u.test(kept) &&
        (suppressAddress !== true ||
          (blame === 'recipient' && command !== 'MAIL' && text.startsWith('5') && !/^5\d\d[ -]5\.7\./.test(text))) &&
        (state !== 'pending' || (retryInMs > 0 && retryInMs <= defaultBackoff.longestMs))
      );
    },
  ),
);
