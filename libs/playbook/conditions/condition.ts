import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { compile } from './compile.ts';
import { KindError, kindOf } from './kinds.ts';
import { Failure, mismatched, workLimit, type FailureReason, type Part } from './run.ts';

/** What a condition may look at. */
export interface Facts {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly traits?: Readonly<Record<string, unknown>>;
}
export type Fact = keyof Facts;
/** True when the condition holds. One that comes to no answer is false, and its listener hears why. A condition never throws. */
export type Condition = (facts: Facts) => boolean;

/** Hears why a condition could not be evaluated. */
export type FailureListener = (reason: FailureReason) => void;

/** A text that is no condition; `offset` is the character (from 0) at which it goes wrong. */
export class ConditionError extends Error {
  readonly offset: number;

  constructor(problem: string, offset: number, text: string) {
    super(`${problem}, at character ${String(offset + 1)}: ${text.slice(0, offset)}⟨here⟩${text.slice(offset)}`);
    this.offset = offset;
  }
}

/** CEL tells 2 from 2.0 and refuses to mix them; JSON does not, so the check must not either. Only the types matter here. */
const environmentOf = (facts: readonly Fact[]): Environment => {
  const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true });
  for (const fact of facts) environment.registerVariable(fact, 'map');
  for (const sign of ['+', '-', '*', '/', '%'])
    environment.registerOperator(`double ${sign} int: double`, () => 0).registerOperator(`int ${sign} double: double`, () => 0);
  environment.registerOperator('double % double: double', () => 0);
  environment.registerOperator('int == double', () => false);
  return environment;
};
const environments = { properties: environmentOf(['properties', 'traits']), traits: environmentOf(['traits']) };

const none = {};

/** Steps from a condition to its innermost part. What is evaluated step by step must find room on any stack. */
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

function parsed(text: string, widest: Fact): ASTNode {
  try {
    const program = environments[widest].parse(text);
    if (depthOf(program.ast) > deepest) throw new ConditionError(tooDeep, 0, text);
    const kind = kindOf(program.ast, widest === 'traits' ? ['traits'] : ['properties', 'traits']);
    const { valid, type = 'dyn', error } = program.check();
    if (!valid) throw error ?? new Error('not valid');
    if (type !== 'bool' && type !== 'dyn') throw new ConditionError(`must say true or false, not ${type}`, 0, text);
    if (kind !== 'bool') throw new ConditionError(`must say true or false; write ${text} == true`, 0, text);
    return program.ast;
  } catch (error) {
    if (error instanceof ConditionError || !(error instanceof Error)) throw error;
    // Its reader is recursive: a text of signs alone exhausts the stack.
    if (error instanceof RangeError) throw new ConditionError(tooDeep, 0, text);
    if (error instanceof KindError) throw new ConditionError(error.message, error.offset, text);
    const { summary, range } = error as { summary?: string; range?: { start: number } };
    throw new ConditionError(summary ?? error.message, range?.start ?? 0, text);
  }
}

function compiled(ast: ASTNode, text: string): Part {
  try {
    return compile(ast);
  } catch (error) {
    throw new ConditionError((error as Error).message, 0, text);
  }
}

const silent: FailureListener = () => undefined;

/**
 * Compiles a CEL condition, once; an absent one always holds. `widest` is `traits` where there is no event to look at.
 * Throws ConditionError with the position where it is not CEL, names an unknown variable or function, compares what cannot be
 * compared, or cannot be true or false.
 */
export function condition(text: string | undefined, widest: Fact = 'properties', failed: FailureListener = silent): Condition {
  if (text === undefined) return () => true;
  const ast = parsed(text, widest);
  const holds = compiled(ast, text);
  const needed = fieldsNeeded(ast);
  return ({ properties = none, traits = none }) => {
    for (const { fact, name } of needed)
      if (!Object.hasOwn(fact === 'traits' ? traits : properties, name)) {
        failed('missing');
        return false;
      }
    try {
      const value = holds({ properties, traits, elements: [], work: workLimit });
      if (typeof value === 'boolean') return value;
      throw mismatched;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failed(error.reason);
      return false;
    }
  };
}

interface Field {
  readonly fact: Fact;
  readonly name: string;
}

/** Fields without which the condition cannot be true: events lack them often, and then nothing has to be evaluated. */
function fieldsNeeded(node: ASTNode): Field[] {
  return node.op === '&&' ? node.args.flatMap(fieldsNeeded) : fieldsRead(node);
}

/** Of what is read whatever the values are: the operands of operators, but of no call, choice, `&&` or `||`. */
function fieldsRead({ op, args }: ASTNode): Field[] {
  if (!always.has(op)) return [];
  const parts = (Array.isArray(args) ? args : [args]) as readonly (ASTNode | string)[];
  const [of, name] = parts;
  if (op === '.' && typeof of === 'object' && of.op === 'id') return [{ fact: of.args as Fact, name: name as string }];
  return parts.flatMap((part) => (typeof part === 'string' ? [] : fieldsRead(part)));
}

const always = new Set<string>(['.', '==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', 'in', '!_', '-_']);

/** The traits that a condition reads by name, or `all` where it looks at them as a whole. */
export function traitsRead(text: string): ReadonlySet<string> | 'all' {
  const read = { names: new Set<string>(), whole: false };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node !== 'object' || node === null || !('op' in node)) return;
    const { op, args } = node as ASTNode;
    if (op === 'id' && args === 'traits') read.whole = true;
    const name =
      op === '.' || op === '.?' ? args[1] : (op === '[]' || op === '[?]') && args[1].op === 'value' ? args[1].args : undefined;
    if (
      Array.isArray(args) &&
      typeof name === 'string' &&
      (args[0] as ASTNode).op === 'id' &&
      (args[0] as ASTNode).args === 'traits'
    )
      read.names.add(name);
    else visit(args);
  };
  visit(parsed(text, 'properties'));
  return read.whole ? 'all' : read.names;
}
