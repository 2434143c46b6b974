import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { compile } from './compile.ts';
import { KindError, kindOf } from './kinds.ts';
import type { Kind, Part } from './run.ts';

/** A text that is no CEL; `offset` is the character (from 0) at which it goes wrong. */
export class ConditionError extends Error {
  readonly offset: number;

  constructor(problem: string, offset: number, text: string) {
    super(`${problem}, at character ${String(offset + 1)}: ${text.slice(0, offset)}⟨here⟩${text.slice(offset)}`);
    this.offset = offset;
  }
}

/** The variables that a text may look at, and whether it may make maps. */
export interface Scope {
  readonly names: readonly string[];
  readonly environment: Environment;
  readonly maps: boolean;
}

/** CEL tells 2 from 2.0 and refuses to mix them; JSON does not, so the check must not either. Only the types matter here. */
export function scopeOf(names: readonly string[], maps = false): Scope {
  const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true });
  for (const name of names) environment.registerVariable(name, 'map');
  for (const sign of ['+', '-', '*', '/', '%'])
    environment.registerOperator(`double ${sign} int: double`, () => 0).registerOperator(`int ${sign} double: double`, () => 0);
  environment.registerOperator('double % double: double', () => 0);
  environment.registerOperator('int == double', () => false);
  return { names, environment, maps };
}

/** Steps from a text to its innermost part. What is evaluated step by step must find room on any stack. */
const deepest = 500;
const tooDeep = `too deep: at most ${String(deepest)} parts within or behind each other; write alternatives as a list: properties.plan in ["a", "b"]`;

/** Counted level by level, not by recursion. */
function depthOf(ast: ASTNode): number {
  let depth = 0;
  for (let level: unknown[] = [ast]; level.length > 0; depth += 1) level = level.flatMap(partsWithin);
  return depth;
}

function partsWithin(node: unknown): unknown[] {
  const { args } = node as ASTNode;
  const nodes = (Array.isArray(args) ? args.flat(2) : [args]) as unknown[];
  return nodes.filter((part) => typeof part === 'object' && part !== null && 'op' in part);
}

/**
 * Reads and checks a text: what it is made of, its kind as its parts say, and its type as CEL says. Throws ConditionError with the place
 * where it is not CEL, names an unknown variable or function, or joins what cannot be joined.
 */
export function read(
  text: string,
  { names, environment, maps }: Scope,
): { readonly ast: ASTNode; readonly kind: Kind; readonly type: string } {
  try {
    const program = environment.parse(text);
    if (depthOf(program.ast) > deepest) throw new ConditionError(tooDeep, 0, text);
    const kind = kindOf(program.ast, names, maps);
    const { valid, type = 'dyn', error } = program.check();
    if (!valid) throw error ?? new Error('not valid');
    return { ast: program.ast, kind, type };
  } catch (error) {
    if (error instanceof ConditionError || !(error instanceof Error)) throw error;
    // Its reader is recursive: a text of signs alone exhausts the stack.
    if (error instanceof RangeError) throw new ConditionError(tooDeep, 0, text);
    if (error instanceof KindError) throw new ConditionError(error.message, error.offset, text);
    const { summary, range } = error as { summary?: string; range?: { start: number } };
    throw new ConditionError(summary ?? error.message, range?.start ?? 0, text);
  }
}

/** Compiles what `read` has checked. Throws ConditionError where a pattern is none. */
export function compiled(ast: ASTNode, text: string): Part {
  try {
    return compile(ast);
  } catch (error) {
    throw new ConditionError((error as Error).message, 0, text);
  }
}
