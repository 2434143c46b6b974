import { hiddenIn, isNobody } from '#facts';
import { timeOf } from './sent-time.ts';
import type { CallRefusal } from './refusals.ts';

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** PHP writes an empty map as `[]`: where only an object makes sense, an empty list is an empty object. */
export const asObject = (value: unknown): unknown => (Array.isArray(value) && value.length === 0 ? {} : value);

/** Reads the fields of one call and collects what is wrong with them, so that a dead letter names every reason at once. */
export class Fields {
  readonly problems: string[] = [];
  /** Times that the call gives and that cannot be read, each with the reason behind a dot. */
  readonly unreadable: string[] = [];
  /** The word for the first of the problems. */
  kind: CallRefusal | undefined;

  /** `nobody`: see `collect`; undefined for history, whose ids are the operator's own. */
  constructor(
    private readonly item: Json,
    private readonly nobody: ReadonlySet<string> | undefined,
  ) {}

  /** An id: a number becomes a string; null and empty are absent; one that stands for nobody is a problem. */
  id(field: string): string | undefined {
    const value = this.item[field] ?? '';
    if (value === '') return undefined;
    if (typeof value === 'number' && !Number.isSafeInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER)
      return this.problem('odd_id', `${field} is a number beyond 2^53, which has lost digits: send it as a string`);
    if (typeof value !== 'string' && typeof value !== 'number')
      return this.problem('odd_id', `${field} must be a string or a number`);
    const id = String(value);
    if (id.length > 500) return this.problem('odd_id', `${field} is longer than 500 characters`);
    if (this.nobody === undefined) return id;
    if (isNobody(id, this.nobody))
      return this.problem(
        'nobody_id',
        `${field} is ${JSON.stringify(id)}, which stands for nobody: leave it out where there is none`,
      );
    const hidden = hiddenIn(id);
    if (hidden !== undefined) return this.problem('odd_id', `${field} holds ${hidden}: send the id without it`);
    return id;
  }

  /** A text; null and empty are absent. */
  text(field: string, max: number): string | undefined {
    const value = this.item[field] ?? '';
    if (typeof value !== 'string' && typeof value !== 'number') return this.problem('bad_field', `${field} must be a string`);
    const text = String(value);
    if (text.length > max) return this.problem('bad_field', `${field} is longer than ${String(max)} characters`);
    return text === '' ? undefined : text;
  }

  /** A JSON object; null is absent. */
  object(field: string): Record<string, unknown> | undefined {
    const value = asObject(this.item[field] ?? undefined);
    if (value === undefined || isObject(value)) return value;
    return this.problem('bad_field', `${field} must be an object`);
  }

  /** A time as it was sent, whatever it is worth; a number is milliseconds. One that is no instant is noted as `name` and why. */
  time(field: string, name: string): string | undefined {
    const value = this.item[field] ?? '';
    if (value === '') return undefined;
    const { text, fault } = timeOf(value);
    if (fault !== undefined) this.unreadable.push(`${name}.${fault}`);
    return text;
  }

  problem(kind: CallRefusal, text: string): undefined {
    this.kind ??= kind;
    this.problems.push(text);
    return undefined;
  }
}
