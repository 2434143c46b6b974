import { z } from 'zod';
import type { VariableMeta } from './env.ts';

/** One row of the table of variables in the README. */
export interface VariableRow {
  readonly name: string;
  /** all, or the service's name. */
  readonly neededBy: string;
  /** `required`, the default, or empty where it may be absent. */
  readonly value: string;
  readonly meaning: string;
}

/** The documentation that `variable(…)` gave a schema. */
export function metaOf(schema: z.ZodType): VariableMeta {
  const { description, example, secret } = (schema.meta() ?? {}) as Partial<VariableMeta>;
  return { description: description ?? 'to run', example: example ?? '…', ...(secret === undefined ? {} : { secret }) };
}

/** Documentation of variables as data. `neededBy`: who asks for them; for the base that is `all`. */
export function variableRows(neededBy: string, shape: z.ZodRawShape): VariableRow[] {
  return Object.entries(shape).map(([name, schema]) => {
    const absent = z.safeParse(schema, undefined);
    const value = !absent.success
      ? 'required'
      : absent.data === undefined
        ? ''
        : typeof absent.data === 'string'
          ? absent.data
          : JSON.stringify(absent.data);
    return { name, neededBy, value, meaning: metaOf(schema as z.ZodType).description };
  });
}

/** Those rows as a Markdown table. */
export function variableTable(rows: readonly VariableRow[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['variable', 'for', 'default', 'what for']),
    line(['---', '---', '---', '---']),
    ...rows.map((r) =>
      line([`\`${r.name}\``, r.neededBy, r.value === '' || r.value === 'required' ? r.value : `\`${r.value}\``, r.meaning]),
    ),
  ].join('\n');
}
