/** Something of a replay that does not hold. */
export interface Problem {
  /** What was checked. */
  readonly check: string;
  readonly expected: string;
  readonly found: string;
  /** One case of it, by id. */
  readonly example?: string;
}

export const problemLine = ({ check, expected, found, example }: Problem): string =>
  `${check}: expected ${expected}, found ${found}${example === undefined ? '' : `; for example ${example}`}`;

/** A problem where two numbers differ. */
export const equal = (check: string, expected: number, found: number, said = ''): Problem[] =>
  expected === found ? [] : [{ check, expected: `${String(expected)}${said === '' ? '' : ` (${said})`}`, found: String(found) }];

/** A problem where anything speaks against what is expected; the first case is the example. */
export const none = (check: string, expected: string, cases: readonly string[]): Problem[] =>
  cases[0] === undefined
    ? []
    : [
        {
          check,
          expected,
          found: `${String(cases.length)} ${cases.length === 1 ? 'case' : 'cases'} against it`,
          example: cases[0],
        },
      ];

/** A problem where two collections differ, repeats counted; the example is one that is missing, or else one too many. */
export function same(check: string, expected: Iterable<string>, found: Iterable<string>): Problem[] {
  const balance = new Map<string, number>();
  let [wanted, had] = [0, 0];
  for (const one of expected) {
    wanted += 1;
    balance.set(one, (balance.get(one) ?? 0) + 1);
  }
  for (const one of found) {
    had += 1;
    balance.set(one, (balance.get(one) ?? 0) - 1);
  }
  const missing = [...balance].find(([, n]) => n > 0)?.[0];
  const surplus = [...balance].find(([, n]) => n < 0)?.[0];
  if (missing === undefined && surplus === undefined) return [];
  const example = missing === undefined ? `too much: ${String(surplus)}` : `missing: ${missing}`;
  return [{ check, expected: String(wanted), found: wanted === had ? `${String(had)}, others` : String(had), example }];
}
