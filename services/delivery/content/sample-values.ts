/** Values for a template: what a decision would bring, and the name. */
export type Scope = Readonly<Record<string, unknown>>;

/** What a value that no filter says more about may be; one of them has to do. */
export const texts: readonly unknown[] = ['Sample', 3, '2026-01-05T12:00:00.000Z', '2026-01-05', 'USD', true];

const dates = /^(date|days_since)$/;
const counts = /^(number|plural|plus|minus|times|divided_by|modulo|abs|ceil|floor|round|at_most|at_least)$/;

/** Values for these dotted paths, each of the kind that the Liquid of `source` treats it as. */
export function likely(
  paths: readonly string[],
  source: string,
  { text, link, number }: { text: unknown; link: string; number: number },
): Scope {
  const kindOf = (path: string): unknown => {
    const filters = [...source.matchAll(new RegExp(`(?<![\\w.])${literal(path)}\\s*\\|\\s*(\\w+)`, 'g'))].map(
      ([, name]) => name ?? '',
    );
    if (filters.some((name) => counts.test(name))) return number;
    if (filters.includes('money')) return number * 1_000;
    if (filters.some((name) => dates.test(name))) return '2026-01-05T12:00:00.000Z';
    if (filters.includes('link') || new RegExp(`^\\{\\{-?\\s*${literal(path)}\\s*-?\\}\\}$`, 'm').test(source)) return link;
    if (new RegExp(`\\|\\s*money:\\s*${literal(path)}(?![\\w.])`).test(source)) return 'USD';
    return text;
  };
  const scope: Record<string, unknown> = {};
  for (const path of paths) {
    const looped = loopOver(path, source);
    if (looped === undefined) put(scope, path, kindOf(path));
    else {
      const members = [...source.matchAll(new RegExp(`(?<![\\w.])${literal(looped)}\\.([\\w.]+)`, 'g'))].map(
        ([, member]) => member ?? '',
      );
      const item: Record<string, unknown> = {};
      for (const member of new Set(members)) put(item, member, kindOf(`${looped}.${member}`));
      put(scope, path, members.length === 0 ? [kindOf(looped), kindOf(looped)] : [item, item]);
    }
  }
  return scope;
}

/** The name that a loop gives to each of these. */
const loopOver = (path: string, source: string): string | undefined =>
  new RegExp(`\\{%-?\\s*for\\s+(\\w+)\\s+in\\s+${literal(path)}(?![\\w.])`).exec(source)?.[1];

const literal = (text: string): string => text.replace(/[^\w]/g, '\\$&');

function put(scope: Record<string, unknown>, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop() ?? path;
  let into = scope;
  for (const step of steps) {
    const known = Object.hasOwn(into, step) ? into[step] : undefined;
    const inner = typeof known === 'object' && known !== null && !Array.isArray(known) ? (known as Record<string, unknown>) : {};
    into[step] = inner;
    into = inner;
  }
  // A path that goes on below (`items`, `items.size`) keeps what is there.
  if (!Object.hasOwn(into, last)) into[last] = value;
}

/** The same without one of them. */
export function without(scope: Scope, path: string): Scope {
  const copy = structuredClone(scope) as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() ?? path;
  let into: unknown = copy;
  for (const step of steps)
    into = typeof into === 'object' && into !== null ? (into as Record<string, unknown>)[step] : undefined;
  if (typeof into === 'object' && into !== null) Reflect.deleteProperty(into, last);
  return copy;
}
