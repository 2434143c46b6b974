import { z } from 'zod';
import type { Problem } from './problem.ts';

type Path = Problem['path'];
type Schema = z.core.$ZodType;

export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (v, step) => (typeof v === 'object' && v !== null ? (v as Record<string | number, unknown>)[step] : undefined),
    value,
  );

/** The schema without what wraps it (default, optional, transform). */
function bare(schema: Schema): Schema {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return bare(schema.unwrap());
  return schema instanceof z.ZodPipe ? bare(schema.in) : schema;
}

function child(schema: Schema | undefined, step: string | number): Schema | undefined {
  if (schema instanceof z.ZodArray) return bare(schema.element);
  const keys: Record<string, Schema> = schema instanceof z.ZodObject ? schema.shape : {};
  const found = Object.hasOwn(keys, step) ? keys[step] : undefined;
  return found && bare(found);
}

/** Names of the keys that an alternative or a map takes; undefined for what is no map. */
export function keysOf(schema: Schema): readonly { name: string; optional: boolean }[] | undefined {
  const map = bare(schema);
  if (!(map instanceof z.ZodObject)) return undefined;
  return Object.entries<Schema>(map.shape).map(([name, of]) => ({ name, optional: z.safeParse(of, undefined).success }));
}

/** The alternative of a union that a value was meant to be: by its kind, else by the most keys in common; undefined where none is near. */
export function meant(union: z.ZodUnion, value: unknown): { option: Schema; issues: readonly z.core.$ZodIssue[] } | undefined {
  if (union instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = union.def;
    const kind = valueAt(value, [discriminator]) as z.core.util.Primitive;
    const option = union.options.find((o) => o._zod.propValues?.[discriminator]?.has(kind));
    return option && { option, issues: z.safeParse(option, value).error?.issues ?? [] };
  }
  const near = union.options.flatMap((option) => {
    const issues = z.safeParse(option, value).error?.issues ?? [];
    if (issues.some(({ path, code }) => path.length === 0 && code === 'invalid_type')) return [];
    const common = keysOf(option)?.filter(({ name }) => valueAt(value, [name]) !== undefined).length;
    return common === 0 ? [] : [{ option: bare(option), issues, common: common ?? 0 }];
  });
  return near.sort((a, b) => b.common - a.common || a.issues.length - b.issues.length)[0];
}

/** The schema of what a path names; at a union on the way, of the alternative that was meant. */
export function schemaAt(root: Schema, value: unknown, path: Path): Schema | undefined {
  return path.reduce<Schema | undefined>((schema, step, depth) => {
    const chosen = schema instanceof z.ZodUnion ? meant(schema, valueAt(value, path.slice(0, depth)))?.option : schema;
    return child(chosen && bare(chosen), step);
  }, bare(root));
}
