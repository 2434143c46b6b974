import fc from 'fast-check';

/** Names that every object of JavaScript answers to: `__proto__`, `constructor`, `toString` and so on. */
export const inheritedNames = Object.getOwnPropertyNames(Object.prototype);

/** Any sequence of UTF-16 units: NUL, halves of surrogate pairs, joiners and controls included. */
export const anyUnits = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 10, 13, 27, 0x85, 0xa0, 0x10a, 0x200c, 0x200d, 0x2028, 0x202e, 0xd83c, 0xd83d, 0xdf89, 0xfeff),
      fc.integer({ min: 32, max: 126 }),
    ),
    { maxLength: 120 },
  )
  .map((units) => String.fromCharCode(...units));

/** Names from outside: of events, properties, traits. */
export const anyName = fc.oneof(fc.constantFrom(...inheritedNames), anyUnits);

/** Any JSON value as `JSON.parse` may give it, with inherited names as keys, halves of pairs and numbers that JSON cannot print. */
export const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, '', 0, -0, -1, 1e308, 5e-324, Number.MAX_SAFE_INTEGER + 2, '120', '1,299.00', '€20'),
    anyUnits,
    fc.double(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(anyName, tie('value')), { maxLength: 6 })
      .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as unknown),
  ),
})).value;
