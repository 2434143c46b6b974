import type { ASTNode } from '@marcbachmann/cel-js';
import { functions, methods } from './functions.ts';
import type { Kind } from './run.ts';

/** A part of a condition that cannot be meant; `offset` is its place in the text. */
export class KindError extends Error {
  readonly offset: number;

  constructor(problem: string, node: ASTNode) {
    super(problem);
    this.offset = node.range.start;
  }
}

/** Macros over lists: `properties.items.exists(item, item.price > 10)`. */
export const macros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const order: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);
const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%']);
const ordinal: ReadonlySet<Kind> = new Set<Kind>(['number', 'text', 'instant', 'span', 'any']);
const isoDate = /^\d{4}-\d\d(-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?$/;

const sourceOf = ({ input, range: { start, end } }: ASTNode): string => input.slice(start, end);

/**
 * The kind of a part, each of its own parts checked; `names` are the variables and the elements of the macros around it. `maps`: whether
 * it may make maps. Throws KindError.
 */
export function kindOf(node: ASTNode, names: readonly string[], maps = false): Kind {
  const made = maps ? undefined : mapIn(node);
  if (made !== undefined) throw new KindError('a map is not supported; compare field by field', made);
  return checked(node, names);
}

/** The first map that is made, found level by level. */
function mapIn(node: ASTNode): ASTNode | undefined {
  for (let level: readonly unknown[] = [node]; level.length > 0;) {
    const nodes = level.flat(2).filter((part) => typeof part === 'object' && part !== null && 'op' in part) as ASTNode[];
    const found = nodes.find(({ op }) => op === 'map');
    if (found !== undefined) return found;
    level = nodes.flatMap(({ args }): unknown[] => (Array.isArray(args) ? args : [args]));
  }
  return undefined;
}

function checked(node: ASTNode, names: readonly string[]): Kind {
  switch (node.op) {
    case 'value':
      return kindOfValue(node);
    case 'id':
      if (!names.includes(node.args)) throw new KindError(`Unknown variable: ${node.args}`, node);
      return 'any';
    case '.':
      return checked(node.args[0], names) === 'maybe' ? 'maybe' : 'any';
    case '.?':
      checked(node.args[0], names);
      return 'maybe';
    case '[]':
    case '[?]':
      checked(node.args[1], names);
      return checked(node.args[0], names) === 'maybe' || node.op === '[?]' ? 'maybe' : 'any';
    case 'list':
      for (const item of node.args) checked(item, names);
      return 'list';
    case 'map':
      for (const [key, value] of node.args) {
        if (key.op !== 'value' || typeof key.args !== 'string')
          throw new KindError('the keys of a map are texts: {"currency": record.value.currency}', key);
        checked(value, names);
      }
      return 'map';
    case '?:': {
      const [asked, yes, no] = [node.args[0], checked(node.args[1], names), checked(node.args[2], names)];
      yesOrNo(asked, names);
      return yes === no ? yes : 'any';
    }
    case '&&':
    case '||':
      for (const part of node.args) yesOrNo(part, names);
      return 'bool';
    case '!_':
      yesOrNo(node.args, names);
      return 'bool';
    case '-_': {
      const kind = checked(node.args, names);
      if (kind !== 'number' && kind !== 'span' && kind !== 'any')
        throw new KindError(`- needs a number, not ${sourceOf(node.args)}`, node);
      return kind;
    }
    case 'call':
    case 'rcall':
      return kindOfCall(node, names);
    default:
      return kindOfBinary(node, names);
  }
}

function kindOfValue(node: Extract<ASTNode, { op: 'value' }>): Kind {
  const { args: value } = node;
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value)))
    throw new KindError('a whole number beyond 2^53 is not supported', node);
  if (typeof value === 'bigint' || typeof value === 'number') return 'number';
  throw new KindError(`${sourceOf(node)} is not supported; write a text, or a number without u`, node);
}

function yesOrNo(node: ASTNode, names: readonly string[]): void {
  const kind = checked(node, names);
  if (kind !== 'bool' && kind !== 'any') throw new KindError(`${sourceOf(node)} is neither true nor false`, node);
}

type Binary = Exclude<
  ASTNode,
  { op: 'value' | 'id' | '.' | '.?' | '[]' | '[?]' | 'call' | 'rcall' | 'list' | 'map' | '?:' | '||' | '&&' | '!_' | '-_' }
>;

function kindOfBinary(node: Binary, names: readonly string[]): Kind {
  const [left, right] = node.args;
  const [a, b] = [checked(left, names), checked(right, names)];
  if (node.op === 'in') return membership(right, b, names);
  if (order.has(node.op)) return ordering(node, a, b);
  if (arithmetic.has(node.op)) return calculation(node, a, b);
  if (a !== b && ![a, b].some((kind) => kind === 'any' || kind === 'null'))
    throw new KindError(`${sourceOf(left)} is a ${a} and ${sourceOf(right)} a ${b}: they are never equal`, node);
  return 'bool';
}

function membership(list: ASTNode, kind: Kind, names: readonly string[]): Kind {
  if (kind !== 'list' && kind !== 'any')
    throw new KindError(`in needs a list, such as ["ES", "PT"], not ${sourceOf(list)}`, list);
  if (list.op !== 'list') return 'bool';
  const kinds = new Set(list.args.map((item) => checked(item, names)).filter((item) => item !== 'any'));
  if (kinds.size > 1)
    throw new KindError(`${sourceOf(list)} mixes ${[...kinds].join(' and ')}; write all of its elements in one kind`, list);
  return 'bool';
}

function ordering(node: Binary, a: Kind, b: Kind): Kind {
  const [left, right] = node.args;
  for (const [part, kind] of [
    [left, a],
    [right, b],
  ] as const) {
    if (!ordinal.has(kind))
      throw new KindError(`${sourceOf(part)} has no order; expected a number, a date or a length of time`, part);
    if (part.op === 'value' && typeof part.args === 'string' && !isoDate.test(part.args))
      throw new KindError(
        `${node.op} compares with the text ${sourceOf(part)}; write a number without quotes (50), a date ("2026-01-31") or duration("36h")`,
        part,
      );
  }
  if (a !== b && a !== 'any' && b !== 'any')
    throw new KindError(`${sourceOf(left)} is a ${a} and ${sourceOf(right)} a ${b}: neither comes first`, node);
  return 'bool';
}

function calculation(node: Binary, a: Kind, b: Kind): Kind {
  const kinds = new Set([a, b]);
  const numbers = [...kinds].every((kind) => kind === 'number' || kind === 'any');
  if (numbers) return kinds.has('number') || ['*', '/', '%'].includes(node.op) ? 'number' : 'any';
  const times = [...kinds].every((kind) => kind === 'instant' || kind === 'span' || kind === 'any');
  if (times && (node.op === '+' || node.op === '-')) return 'any';
  const joined =
    [...kinds].every((kind) => kind === 'any' || kind === 'text') ||
    [...kinds].every((kind) => kind === 'any' || kind === 'list');
  if (joined && node.op === '+') return a === 'any' ? b : a;
  const text = node.args.find((_, n) => [a, b][n] !== 'number' && [a, b][n] !== 'any') ?? node;
  throw new KindError(`${node.op} needs numbers; ${sourceOf(text)} is none`, text);
}

function kindOfCall(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, names: readonly string[]): Kind {
  const [name] = node.args;
  const given = node.op === 'call' ? node.args[1] : node.args[2];
  if (node.op === 'call' && name === 'has') {
    if (given[0]?.op !== '.') throw new KindError('has needs a field: has(properties.coupon)', node);
    checked(given[0].args[0], names);
    return 'bool';
  }
  if (node.op === 'rcall' && macros.has(name)) return kindOfMacro(node, names);
  const kinds = [...(node.op === 'rcall' ? [node.args[1]] : []), ...given].map((part) => checked(part, names));
  if (node.op === 'rcall' && name === 'matches') {
    if (given[0]?.op !== 'value' || typeof given[0].args !== 'string' || given.length !== 1)
      throw new KindError('matches needs a pattern in quotes: nothing from an event may be one', node);
    return 'bool';
  }
  if (node.op === 'rcall' && name === 'orValue' && given.length === 1) return kinds[1] ?? 'any';
  const known = (node.op === 'call' ? functions : methods).get(name);
  if (known?.takes !== given.length) {
    const all = node.op === 'call' ? ['has', ...functions.keys()] : ['matches', 'orValue', ...macros, ...methods.keys()];
    throw new KindError(`no function ${name} with ${String(given.length)} arguments; expected one of ${all.join(', ')}`, node);
  }
  return known.gives;
}

function kindOfMacro(node: Extract<ASTNode, { op: 'rcall' }>, names: readonly string[]): Kind {
  const [name, list, [element, ...parts]] = node.args;
  const kind = checked(list, names);
  if (kind !== 'list' && kind !== 'any') throw new KindError(`${name} needs a list, not ${sourceOf(list)}`, list);
  if (element?.op !== 'id') throw new KindError(`${name} needs a name for the element: ${name}(item, item.price > 10)`, node);
  const inner = [...names, element.args];
  for (const [n, part] of parts.entries()) {
    if (name === 'map' && n === parts.length - 1) checked(part, inner);
    else yesOrNo(part, inner);
  }
  return name === 'map' || name === 'filter' ? 'list' : 'bool';
}
