import fc from 'fast-check';
import { condition, ConditionError, traitsKept } from '#playbook';
import { anyJson, anyName, inheritedNames } from '../inputs.ts';
import { target } from '../target.ts';

const word = fc.oneof(
  fc.constantFrom(
    'properties',
    'traits',
    '.',
    '.?',
    '[',
    ']',
    '(',
    ')',
    '==',
    '!=',
    '<',
    '>=',
    '&&',
    '||',
    '!',
    '?',
    ':',
    '+',
    '-',
    '*',
    '/',
    '%',
    'in',
  ),
  fc.constantFrom(
    'a',
    'b',
    'has',
    'size',
    'matches',
    'contains',
    'exists',
    'all',
    'map',
    'filter',
    'orValue',
    'timestamp',
    'duration',
    'x',
    ',',
  ),
  fc.constantFrom('1', '2.5', '"a"', '"^(a+)+$"', '"["', 'true', 'null', '9223372036854775807', '1u', 'b"x"', '{', '}'),
  fc.constantFrom(...inheritedNames),
  anyName.map((name) => JSON.stringify(name)),
);
const field = fc.constantFrom(
  'properties.a',
  'properties["b"]',
  'traits.a',
  'properties.a.b',
  'properties.l',
  'x',
  'size(properties.a)',
  '1',
  '"a"',
);
const { likely } = fc.letrec<{ likely: string }>((tie) => ({
  likely: fc.oneof(
    { maxDepth: 4 },
    fc.tuple(field, fc.constantFrom('==', '!=', '<', '>=', 'in', '+', '*'), field).map((parts) => parts.join(' ')),
    field.map((of) => `${of}.contains("a")`),
    field.map((of) => `${of}.matches("^(a+)+$")`),
    fc
      .tuple(field, fc.constantFrom('exists', 'all', 'exists_one'), tie('likely'))
      .map(([of, macro, holds]) => `${of}.${macro}(x, ${holds})`),
    fc.tuple(tie('likely'), fc.constantFrom('&&', '||'), tie('likely')).map(([a, sign, b]) => `(${a}) ${sign} (${b})`),
    tie('likely').map((text) => `!(${text})`),
  ),
}));
const text = fc.oneof(
  { weight: 3, arbitrary: likely },
  fc.array(word, { maxLength: 14 }).map((words) => words.join(' ')),
);

const large = fc.constantFrom(
  'a'.repeat(20_000),
  Array.from({ length: 20_000 }, (_, n) => n),
  Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${String(n)}`, n])),
);
const facts = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'b', 'l'), fc.constantFrom(...inheritedNames)),
  fc.oneof({ weight: 9, arbitrary: anyJson }, large),
);

/** Any text is a condition or is refused as one; a condition answers yes or no about any facts, within a bound of processor time. */
export const conditions = target(
  'playbook/conditions',
  fc.property(text, facts, facts, (written, properties, traits) => {
    let holds: ReturnType<typeof condition>;
    try {
      holds = condition(written);
    } catch (error) {
      return error instanceof ConditionError;
    }
    traitsKept([written])(traits);
    const begin = process.cpuUsage();
    const answer = holds({ properties, traits });
    return typeof answer === 'boolean' && process.cpuUsage(begin).user < 500_000;
  }),
);
