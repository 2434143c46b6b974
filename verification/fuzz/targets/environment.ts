import fc from 'fast-check';
import { baseVariables, EnvironmentError, readEnvironment } from '#platform';
import { deliveryVariables } from '../../../services/delivery/environment.ts';
import { ingestionVariables } from '../../../services/ingestion/environment.ts';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const own = { ...ingestionVariables, ...deliveryVariables };
const names = Object.keys({ ...baseVariables, ...own });
const secretNames = names.filter((name) => /KEYS?$|PASSWORD$|SECRET$|^DATABASE_URL$|^SMTP_URL$/.test(name));
const mark = 'QZ7QZ7QZ7QZ7';
const near = fc.constantFrom(
  'true',
  '0',
  '-1',
  '1e999',
  '65536',
  'name:key,,',
  'k1:AAAA',
  'https://mail.example/?x=1',
  'smtp://u:p@h:1?x=1',
  'postgres://',
  'a@b.example, c@d.example',
  '127.0.0.1/33',
  '::ffff:1.2.3.4/200',
);
const values = fc.dictionary(fc.constantFrom(...names, ...names.map((name) => `${name}_FILE`)), fc.oneof(anyUnits, near), {
  maxKeys: names.length,
});
const secrets = fc.dictionary(
  fc.constantFrom(...secretNames),
  anyUnits.map((text) => `${mark}${text}`),
);

/** Any environment is read, or refused with a line for each problem that says what to set; no secret stands in it. */
export const environment = target(
  'platform/environment',
  fc.property(values, secrets, (some, secret) => {
    try {
      readEnvironment('fuzz', own, { ...some, ...secret });
      return true;
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      const [first = '', ...problems] = error.message.split('\n  - ');
      return first.startsWith('fuzz cannot start') && problems.length > 0 && !error.message.includes(mark);
    }
  }),
);
