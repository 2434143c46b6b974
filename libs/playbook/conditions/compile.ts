import type { ASTNode } from '@marcbachmann/cel-js';
import { calculations, negated } from './arithmetic.ts';
import { functions, methods } from './functions.ts';
import { macros } from './kinds.ts';
import { compiledMacro } from './macros.ts';
import { patternOf } from './pattern.ts';
import { Failure, missing, pay, type Names, type Part, type Run } from './run.ts';
import { equal, isMap, Maybe, ordered, truth, unfit } from './values.ts';

/**
 * Compiles a checked condition to functions. cel-js reads and checks the text; it does not evaluate it here, because its evaluation has
 * no bound in work, uses backtracking expressions, finds inherited names, and remembers a type for every shape of a value from outside.
 */
export function compile(node: ASTNode, names: Names = []): Part {
  switch (node.op) {
    case 'value': {
      const value = typeof node.args === 'bigint' ? Number(node.args) : node.args;
      return () => value;
    }
    case 'id':
      return variable(node.args, names);
    case '.':
    case '.?':
      return field(compile(node.args[0], names), node.args[1], node.op === '.?');
    case '[]':
    case '[?]':
      return index(compile(node.args[0], names), compile(node.args[1], names), node.op === '[?]');
    case 'list': {
      const items = node.args.map((item) => compile(item, names));
      return (run) => items.map((item) => item(run));
    }
    case '&&':
    case '||':
      return logical(compile(node.args[0], names), compile(node.args[1], names), node.op === '||');
    case '?:': {
      const [asked, yes, no] = [compile(node.args[0], names), compile(node.args[1], names), compile(node.args[2], names)];
      return (run) => (truth(asked(run)) ? yes(run) : no(run));
    }
    case '!_': {
      const of = compile(node.args, names);
      return (run) => !truth(of(run));
    }
    case '-_': {
      const of = compile(node.args, names);
      return (run) => negated(of(run));
    }
    case 'call':
    case 'rcall':
      return call(node, names);
    case 'map': {
      const entries = node.args.map(
        ([key, value]) => [(key as Extract<ASTNode, { op: 'value' }>).args as string, compile(value, names)] as const,
      );
      return (run) => {
        pay(run, entries.length);
        return Object.fromEntries(entries.map(([key, value]) => [key, value(run)]));
      };
    }
    default:
      return binary(node.op, compile(node.args[0], names), compile(node.args[1], names));
  }
}

function variable(name: string, names: Names): Part {
  const depth = names.lastIndexOf(name);
  if (depth >= 0) return ({ elements }) => elements[depth];
  if (name === 'record') return ({ record }) => record;
  return name === 'traits' ? ({ traits }) => traits : ({ properties }) => properties;
}

/** The value of a key or a place; undefined where there is none. */
function within(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? (value as readonly unknown[])[key] : undefined;
  return isMap(value) && typeof key === 'string' && Object.hasOwn(value, key) ? value[key] : undefined;
}

function found(value: unknown, key: unknown, optional: boolean): unknown {
  if (value instanceof Maybe) return new Maybe(within(value.value, key));
  const at = within(value, key);
  if (optional) return new Maybe(at);
  if (at === undefined) throw isMap(value) || Array.isArray(value) ? missing : unfit(value);
  return at;
}

const field =
  (of: Part, name: string, optional: boolean): Part =>
  (run) =>
    found(of(run), name, optional);
const index =
  (of: Part, at: Part, optional: boolean): Part =>
  (run) =>
    found(of(run), at(run), optional);

/** `&&` and `||` as CEL has them: the side that decides alone does so even where the other cannot be evaluated. */
function logical(left: Part, right: Part, decisive: boolean): Part {
  return (run) => {
    let failure: Failure;
    try {
      return truth(left(run)) === decisive ? decisive : truth(right(run));
    } catch (error) {
      if (!(error instanceof Failure) || error.reason === 'cost') throw error;
      failure = error;
    }
    if (truth(right(run)) === decisive) return decisive;
    throw failure;
  };
}

function binary(op: string, left: Part, right: Part): Part {
  const calculate = calculations.get(op);
  if (calculate !== undefined) return (run) => calculate(left(run), right(run), run);
  switch (op) {
    case '==':
      return (run) => equal(left(run), right(run), run);
    case '!=':
      return (run) => !equal(left(run), right(run), run);
    case '<':
      return (run) => ordered(left(run), right(run), run) < 0;
    case '<=':
      return (run) => ordered(left(run), right(run), run) <= 0;
    case '>':
      return (run) => ordered(left(run), right(run), run) > 0;
    case '>=':
      return (run) => ordered(left(run), right(run), run) >= 0;
    default:
      return (run) => isIn(left(run), right(run), run);
  }
}

function isIn(value: unknown, all: unknown, run: Run): boolean {
  if (Array.isArray(all)) return all.some((item) => equal(value, item, run));
  if (!isMap(all)) throw unfit(all);
  return typeof value === 'string' && Object.hasOwn(all, value);
}

function call(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, names: Names): Part {
  const [name] = node.args;
  if (node.op === 'call' && name === 'has') return has(node.args[1][0] as ASTNode, names);
  if (node.op === 'rcall' && macros.has(name)) return compiledMacro(node, names, compile);
  const parts = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]];
  const values = parts.map((part) => compile(part, names));
  if (node.op === 'rcall' && name === 'matches') {
    const [of] = values as [Part];
    const matches = patternOf((parts[1] as Extract<ASTNode, { op: 'value' }>).args as string);
    return (run) => {
      const text = of(run);
      if (typeof text !== 'string') throw unfit(text);
      return matches(text, run);
    };
  }
  if (name === 'orValue') {
    const [of, other] = values as [Part, Part];
    return (run) => {
      const value = of(run);
      if (!(value instanceof Maybe)) throw unfit(value);
      return value.value === undefined ? other(run) : value.value;
    };
  }
  const known = (node.op === 'call' ? functions : methods).get(name);
  if (known === undefined) throw new Error(`${name} is refused before it is compiled`);
  const { apply } = known;
  return (run) => {
    pay(run, 1);
    return apply(
      values.map((value) => value(run)),
      run,
    );
  };
}

function has(node: ASTNode, names: Names): Part {
  if (node.op !== '.') throw new Error('has() of no field is refused before it is compiled');
  const [of, name] = [compile(node.args[0], names), node.args[1]];
  return (run) => {
    const value = of(run);
    return isMap(value) && Object.hasOwn(value, name);
  };
}
