const spelled = new Map<string, string | undefined>();
const most = 2_000;

/** The canonical spelling of a language tag (`es_mx` → `es-MX`); nothing where it is not one. */
function canonical(tag: string): string | undefined {
  if (spelled.size >= most) spelled.clear();
  if (!spelled.has(tag)) spelled.set(tag, spell(tag));
  return spelled.get(tag);
}

function spell(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}

/** Where to look for a person's language, best first: es-MX → es → the default. */
export function fallbacks(tag: string, defaultLocale: string): string[] {
  const chain: string[] = [];
  for (let rest = canonical(tag) ?? ''; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('-')))) chain.push(rest);
  return [...chain, defaultLocale];
}

/** The locale to print numbers in: the person's own where it is of the text's language, else the text's. */
export function formatLocale(tag: string, textLocale: string): string {
  const own = canonical(tag);
  return own !== undefined && own.split('-')[0] === textLocale.split('-')[0] ? own : textLocale;
}
