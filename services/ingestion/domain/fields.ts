/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the fields of one call and collects what is wrong with them, so that a dead letter names every reason at once. */
export class Fields {
  readonly problems: string[] = [];

  constructor(private readonly item: Json) {}

  /** An id: a number becomes a string; null and empty are absent. */
  id(field: string): string | undefined {
    const value = this.item[field] ?? '';
    if (typeof value === 'number' && !Number.isSafeInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER)
      return this.problem(`${field} is a number beyond 2^53, which has lost digits: send it as a string`);
    if (typeof value !== 'string' && typeof value !== 'number') return this.problem(`${field} must be a string or a number`);
    if (String(value).includes('\u001e')) return this.problem(`${field} holds the control character U+001E, which a key cannot`);
    return this.bounded(field, String(value), 500);
  }

  /** A text; null and empty are absent. */
  text(field: string, max: number): string | undefined {
    const value = this.item[field] ?? '';
    if (typeof value !== 'string' && typeof value !== 'number') return this.problem(`${field} must be a string`);
    return this.bounded(field, String(value), max);
  }

  /** A JSON object; null is absent. */
  object(field: string): Record<string, unknown> | undefined {
    const value = this.item[field] ?? undefined;
    if (value === undefined || isObject(value)) return value;
    return this.problem(`${field} must be an object`);
  }

  /** A time as it was sent, whatever it is worth; a number is milliseconds. */
  time(field: string): string | undefined {
    const value = this.item[field];
    return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 100) : undefined;
  }

  problem(text: string): undefined {
    this.problems.push(text);
    return undefined;
  }

  private bounded(field: string, text: string, max: number): string | undefined {
    if (text.length > max) return this.problem(`${field} is longer than ${String(max)} characters`);
    return text === '' ? undefined : text;
  }
}
