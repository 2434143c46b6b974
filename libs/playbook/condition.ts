import { Environment, type ASTNode } from '@marcbachmann/cel-js';

/** What a condition may look at. */
export interface Facts {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly traits?: Readonly<Record<string, unknown>>;
}
export type Fact = keyof Facts;
/** True when the condition holds; a missing field, or a type that does not fit, is false: a condition never throws. */
export type Condition = (facts: Facts) => boolean;

/** A text that is no CEL condition; `offset` is the character (from 0) at which it goes wrong. */
export class ConditionError extends Error {
  readonly offset: number;

  constructor(problem: string, offset: number, text: string) {
    super(`${problem}, at character ${String(offset + 1)}: ${text.slice(0, offset)}⟨here⟩${text.slice(offset)}`);
    this.offset = offset;
  }
}

/** CEL tells 2 from 2.0 and refuses to mix them; JSON does not tell, so a property's arithmetic with either must work. */
const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

const environmentOf = (facts: readonly Fact[]): Environment => {
  const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true });
  for (const fact of facts) environment.registerVariable(fact, 'map');
  for (const [sign, of] of Object.entries(arithmetic)) {
    const mixed = (a: number | bigint, b: number | bigint): number => of(Number(a), Number(b));
    environment.registerOperator(`double ${sign} int: double`, mixed).registerOperator(`int ${sign} double: double`, mixed);
  }
  environment.registerOperator('int == double', (a: bigint, b: number) => Number(a) === b);
  return environment;
};
const environments = { properties: environmentOf(['properties', 'traits']), traits: environmentOf(['traits']) };

const none = {};

function compile(text: string, widest: Fact): ReturnType<Environment['parse']> {
  try {
    const program = environments[widest].parse(text);
    const { valid, type = 'dyn', error } = program.check();
    if (!valid) throw error ?? new Error('not valid');
    if (type !== 'bool' && type !== 'dyn') throw new ConditionError(`must say true or false, not ${type}`, 0, text);
    return program;
  } catch (error) {
    if (error instanceof ConditionError || !(error instanceof Error)) throw error;
    const { summary, range } = error as { summary?: string; range?: { start: number } };
    throw new ConditionError(summary ?? error.message, range?.start ?? 0, text);
  }
}

/**
 * Compiles a CEL condition, once; an absent one always holds. `widest` is `traits` where there is no event to look at.
 * Throws ConditionError with the position where it is not CEL, names an unknown variable or cannot be true or false.
 */
export function condition(text: string | undefined, widest: Fact = 'properties'): Condition {
  if (text === undefined) return () => true;
  const program = compile(text, widest);
  const needed = fieldsNeeded(program.ast);
  return ({ properties = none, traits = none }) => {
    for (const { fact, name } of needed) if (!Object.hasOwn(fact === 'traits' ? traits : properties, name)) return false;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0; // cel-js throws for what is missing; the stack, unread, is most of what that costs
    try {
      return program({ properties, traits }) === true;
    } catch {
      return false; // what a missing field means here; nothing else can fail, the text was checked when it was compiled
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
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
    const name = op === '.' || op === '.?' ? args[1] : op === '[]' && args[1].op === 'value' ? args[1].args : undefined;
    if (
      Array.isArray(args) &&
      typeof name === 'string' &&
      (args[0] as ASTNode).op === 'id' &&
      (args[0] as ASTNode).args === 'traits'
    )
      read.names.add(name);
    else visit(args);
  };
  visit(compile(text, 'properties').ast);
  return read.whole ? 'all' : read.names;
}
