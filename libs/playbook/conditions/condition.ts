import { serialize, type ASTNode } from '@marcbachmann/cel-js';
import { compiled, ConditionError, read, scopeOf } from './read.ts';
import { Failure, mismatched, workLimit, type FailureReason } from './run.ts';

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

const scopes = {
  properties: scopeOf(['properties', 'traits']),
  traits: scopeOf(['traits']),
};

const none = {};

function parsed(text: string, widest: Fact): ASTNode {
  const { ast, kind, type } = read(text, scopes[widest]);
  if (type !== 'bool' && type !== 'dyn') throw new ConditionError(`must say true or false, not ${type}`, 0, text);
  if (kind !== 'bool') throw new ConditionError(`must say true or false; write ${text} == true`, 0, text);
  return ast;
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

/**
 * A condition as its parsed form prints it: whitespace, quotes and needless brackets make no difference. What is kept by the name of a
 * condition is kept by this. Throws ConditionError as `condition` does.
 */
export const canonical = (text: string, widest: Fact = 'properties'): string => serialize(parsed(text, widest));

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
