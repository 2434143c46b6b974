import { z } from 'zod';
import type { Problem } from './problem.ts';
import { keysOf, meant, schemaAt, valueAt } from './schema-at.ts';

type Issue = z.core.$ZodIssue;
type Path = Problem['path'];

const names: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'keys with values',
};

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const expecting = (expected: string, got: unknown): string =>
  got === undefined ? `missing: ${expected}` : `${expected}, got ${shown(got)}`;

const form = (schema: z.core.$ZodType): string =>
  keysOf(schema)
    ?.map(({ name, optional }) => (optional ? `${name} (optional)` : name))
    .join(', ') ?? 'a value';

/** What zod found, in the words of someone who writes a playbook. `value` is the whole file, `schema` its schema. */
export function explain(issues: readonly Issue[], schema: z.core.$ZodType, value: unknown, parent: Path = []): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path: Path = [...parent, ...(issue.path as (string | number)[])];
    const got = valueAt(value, path);
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, value, path, key));
    if (issue.code === 'invalid_union') return explainUnion(issue, schema, value, path);
    const complete = issue.code === 'custom' && (typeof got === 'object' || issue.message.includes('CEL'));
    return [{ path, message: complete ? issue.message : expecting(expectation(issue), got) }];
  });
}

function unknownKey(root: z.core.$ZodType, value: unknown, path: Path, key: string): Problem {
  const at = schemaAt(root, value, path);
  const known = at instanceof z.ZodUnion ? meant(at, valueAt(value, path))?.option : at;
  return { path: [...path, key], message: `unknown key; expected ${known ? `only ${form(known)}` : 'it elsewhere'}` };
}

/** What the schema says was expected, or what zod's kind of issue comes to. */
function expectation(issue: Issue): string {
  if (!/^(Invalid|Too)/.test(issue.message)) return issue.message;
  if (issue.code === 'invalid_type') return `expected ${names[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `expected one of ${issue.values.map(String).join(', ')}`;
  return issue.code === 'too_small' ? `expected at least ${String(issue.minimum)}` : issue.message;
}

/** Of several alternatives: what is wrong with the one that was meant, or which ones there are. */
function explainUnion(issue: Issue, root: z.core.$ZodType, value: unknown, path: Path): Problem[] {
  const byKind = 'discriminator' in issue && issue.discriminator !== undefined;
  const at = byKind ? path.slice(0, -1) : path;
  const union = schemaAt(root, value, at);
  const got = valueAt(value, at);
  if (union instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = union.def;
    const kinds = union.options.flatMap((option) => [...(option._zod.propValues?.[discriminator] ?? [])].map(String));
    return [
      { path: [...at, discriminator], message: expecting(`expected one of ${kinds.join(', ')}`, valueAt(got, [discriminator])) },
    ];
  }
  const options = union instanceof z.ZodUnion ? union.options : [];
  const near = union instanceof z.ZodUnion ? meant(union, got) : undefined;
  if (near !== undefined) return explain(near.issues, root, value, at);
  const forms = `expected ${options.map((option) => `{ ${form(option)} }`).join(' or ')}`;
  return [{ path: at, message: expecting(issue.message.startsWith('Invalid') ? forms : issue.message, got) }];
}
