import { own } from '#facts';
import { z } from 'zod';

const expected = 'expected a property of the event, such as properties.total or properties.product.id';

/** Where a value lies in an event. */
export const path = z
  .string(expected)
  .max(200, 'expected at most 200 characters')
  .regex(/^properties(\.[A-Za-z_][A-Za-z0-9_]*)+$/, expected);

/** Reads a path from an event's properties; undefined where there is nothing, or null. */
export function valueAt(text: string): (properties: Readonly<Record<string, unknown>>) => unknown {
  const names = text.split('.').slice(1);
  return (properties) => {
    let value: unknown = properties;
    for (const name of names) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
      value = own(value as Readonly<Record<string, unknown>>, name);
    }
    return value ?? undefined;
  };
}

/** Reads the text by which a value is told from others: 7 and "7" are one. Undefined for lists, maps and nothing at all. */
export function textAt(text: string): (properties: Readonly<Record<string, unknown>>) => string | undefined {
  const read = valueAt(text);
  return (properties) => {
    const value = read(properties);
    if (typeof value === 'string') return value === '' ? undefined : value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  };
}
