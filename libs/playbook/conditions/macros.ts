import type { ASTNode } from '@marcbachmann/cel-js';
import { Failure, pay, type Names, type Part, type Run } from './run.ts';
import { isMap, truth, unfit } from './values.ts';

/** Over a list its elements, over a map its keys. */
function elementsOf(value: unknown, run: Run): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (!isMap(value)) throw unfit(value);
  const keys = Object.keys(value);
  pay(run, keys.length);
  return keys;
}

/** A macro over a list. Every step pays for the whole of what it may evaluate. */
export function compiledMacro(
  node: Extract<ASTNode, { op: 'rcall' }>,
  names: Names,
  compile: (part: ASTNode, names: Names) => Part,
): Part {
  const [name, list, [element, ...rest]] = node.args;
  const inner = [...names, (element as Extract<ASTNode, { op: 'id' }>).args];
  const [of, parts, depth] = [compile(list, names), rest.map((part) => compile(part, inner)), names.length];
  const work = 1 + rest.reduce((sum, { range }) => sum + range.end - range.start, 0) / 4;
  const each = (part: Part, run: Run, item: unknown): unknown => {
    pay(run, work);
    run.elements[depth] = item;
    return part(run);
  };
  const [first, second] = parts as [Part, Part | undefined];
  switch (name) {
    case 'exists':
    case 'all':
      return (run) => quantified(elementsOf(of(run), run), (item) => truth(each(first, run, item)), name === 'exists');
    case 'exists_one':
      return (run) => elementsOf(of(run), run).filter((item) => truth(each(first, run, item))).length === 1;
    case 'filter':
      return (run) => elementsOf(of(run), run).filter((item) => truth(each(first, run, item)));
    default:
      return second === undefined
        ? (run) => elementsOf(of(run), run).map((item) => each(first, run, item))
        : (run) => elementsOf(of(run), run).flatMap((item) => (truth(each(first, run, item)) ? [each(second, run, item)] : []));
  }
}

/** As CEL has it: one element that decides does so even where another cannot be evaluated. */
function quantified(items: readonly unknown[], holds: (item: unknown) => boolean, decisive: boolean): boolean {
  let failure: Failure | undefined;
  for (const item of items) {
    try {
      if (holds(item) === decisive) return decisive;
    } catch (error) {
      if (!(error instanceof Failure) || error.reason === 'cost') throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}
