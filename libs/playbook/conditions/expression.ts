import { compiled, ConditionError, read, scopeOf } from './read.ts';
import { Failure, mismatched, pay, workLimit, type FailureReason, type Kind, type Run } from './run.ts';
import { Instant, isMap, Maybe, Span } from './values.ts';

/** What an expression of a mapping is for, and so of which kinds it may be. */
export type Target = 'yes or no' | 'text' | 'time' | 'map' | 'anything';

/** What an expression gives of a record: plain JSON (undefined: nothing), or why it came to no answer. */
export type Answer = { readonly value: unknown } | { readonly failed: FailureReason };
/** Never throws. */
export type Expression = (record: Readonly<Record<string, unknown>>) => Answer;

const fitting: Readonly<Record<Target, { readonly kinds: ReadonlySet<Kind>; readonly says: string }>> = {
  'yes or no': { kinds: new Set<Kind>(['bool', 'any']), says: 'true or false' },
  text: { kinds: new Set<Kind>(['text', 'number', 'null', 'maybe', 'any']), says: 'a text or a number' },
  time: { kinds: new Set<Kind>(['text', 'number', 'instant', 'null', 'maybe', 'any']), says: 'an instant' },
  map: { kinds: new Set<Kind>(['map', 'null', 'maybe', 'any']), says: 'a map' },
  anything: { kinds: new Set<Kind>(['bool', 'number', 'text', 'null', 'list', 'map', 'instant', 'maybe', 'any']), says: 'JSON' },
};
const scope = scopeOf(['record'], true);

/**
 * Compiles a CEL expression over `record`, once. Throws ConditionError with the place where it is not CEL, names something unknown, or
 * cannot give what `target` needs.
 */
export function expression(text: string, target: Target): Expression {
  const { ast, kind } = read(text, scope);
  const { kinds, says } = fitting[target];
  if (!kinds.has(kind)) throw new ConditionError(`must give ${says}, not a ${kind}`, 0, text);
  const evaluate = compiled(ast, text);
  return (record) => {
    const run: Run = { properties: {}, traits: {}, record, elements: [], work: workLimit };
    try {
      return { value: plain(evaluate(run), run, 0) };
    } catch (error) {
      if (error instanceof Failure) return { failed: error.reason };
      throw error;
    }
  };
}

/** Deeper than any call may nest. */
const deepest = 64;

/** As JSON has it: an instant as ISO 8601; a value that is missing is left out. */
function plain(value: unknown, run: Run, depth: number): unknown {
  if (value instanceof Maybe) return plain(value.value, run, depth);
  if (value instanceof Instant) return new Date(value.ms).toISOString();
  if (value instanceof Span || depth > deepest) throw mismatched;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    pay(run, value.length);
    return value.map((item) => plain(item, run, depth + 1)).filter((item) => item !== undefined);
  }
  if (!isMap(value)) throw mismatched;
  const entries = Object.entries(value);
  pay(run, entries.length);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, plain(item, run, depth + 1)] as const).filter(([, item]) => item !== undefined),
  );
}
