import { hasVisible, readName, saysNoValue } from '#facts';

/**
 * Values without those that say nothing (null, blank text, `undefined`, not a number) and the texts that `takes` refuses: what is absent is
 * absent, and is found to be missing. Keys come from outside, so the objects have no prototype.
 */
export function told(value: unknown, takes: (text: string, path: string) => boolean, path = ''): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string') return hasVisible(value) && !saysNoValue(value) && takes(value, path) ? value : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const inside = (item: unknown, key: string): unknown => told(item, takes, path === '' ? key : `${path}.${key}`);
  if (Array.isArray(value)) return value.map((item, index) => inside(item, String(index))).filter((item) => item !== undefined);
  if (typeof value !== 'object') return value;
  const kept: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) {
    const said = inside(item, key);
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
