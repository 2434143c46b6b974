/**
 * The value that a record itself has under a key from outside. `record[key]` would find what every object has under `constructor`,
 * `toString` or `__proto__`. To write such a key, use a computed key, a spread or `Object.fromEntries`, never `record[key] = …`.
 */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
