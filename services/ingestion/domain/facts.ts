import { zoneOf as knownZone, parseAddress } from '#facts';
import type { Json } from './fields.ts';

/** The address that mail goes to, or why what was given as one is none; whether it exists is delivery's to find out. */
export function emailOf(traits: Json): { readonly email?: string; readonly email_refused?: string } {
  const given = traits['email'];
  if (given === undefined || given === null) return {};
  if (typeof given !== 'string') return { email_refused: 'not_text' };
  const read = parseAddress(given);
  return read.ok ? { email: read.address } : { email_refused: read.reason };
}

export { nameOf, nameUnreadable } from '#facts';

/** A BCP 47 tag in its canonical form; `es_MX` is taken for `es-MX`, and what is no tag is nothing. */
export function localeOf(...candidates: readonly unknown[]): string | undefined {
  return firstOf(candidates, (tag) => Intl.getCanonicalLocales(tag.replaceAll('_', '-'))[0]);
}

/** The first candidate that is a zone whose dates can be computed, or nothing. */
export const zoneOf = (...candidates: readonly unknown[]): string | undefined => firstOf(candidates, knownZone);

/** Names a call a zone that no date can be computed in? Its person then has none by it. */
export const zoneUnreadable = ({
  traits,
  context,
}: {
  readonly traits?: Json | undefined;
  readonly context?: Json | undefined;
}): boolean =>
  [traits?.['timezone'], traits?.['zone'], context?.['timezone']].some(
    (zone) => typeof zone === 'string' && zone !== '' && zoneOf(zone) === undefined,
  );

/** The first candidate that is a text and that Intl takes; it answers what it does not know with a RangeError. */
function firstOf(candidates: readonly unknown[], check: (text: string) => string | undefined): string | undefined {
  for (const candidate of candidates) {
    const value = text(candidate)?.trim();
    if (value === undefined || value === '') continue;
    try {
      const checked = check(value);
      if (checked !== undefined) return checked;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
