import { hasVisible, readName, saysNoValue } from '#facts';

/** Values without those that say nothing (null, blank text, `undefined`, not a number): what is absent is absent, and is found to be missing. */
export function told(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return hasVisible(value) && !saysNoValue(value) ? value : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) return value.map(told).filter((item) => item !== undefined);
  if (typeof value !== 'object') return value;
  const kept: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const said = told(item);
    if (said !== undefined) kept[key] = said;
  }
  return kept;
}

/** The value at a dotted path of own properties. */
export function at(scope: object, path: string): unknown {
  let value: unknown = scope;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/**
 * A name to greet with: one line, without control signs; nothing where it is no name (`readName`), where it holds an address
 * (`Win at evil.example`), which a mail program would make a link of, or where it is longer than 60 characters.
 */
export function greetable(name: string | undefined): string | undefined {
  const line = readName(name ?? '');
  if (line === undefined) return undefined;
  const letters = line.replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return line.length > 60 || /:\/\/|[^\s.]\.\p{L}{2,}/u.test(letters) ? undefined : line;
}
