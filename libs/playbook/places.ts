import { isAlias, isMap, isNode, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';
import type { Problem } from './problem.ts';

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

/** Line (from 1) of what a path names: its key in a map, its first line in a list; of the nearest parent where it is missing. */
export function lineOf(document: Document, lines: LineCounter, path: Problem['path']): number {
  let node: unknown = document.contents;
  let start = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: Node | undefined;
    if (isSeq(node) && typeof step === 'number') {
      next = node.items[step] as Node | undefined;
      start = startOf(next) ?? start;
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      next = (pair?.value ?? undefined) as Node | undefined;
      start = startOf(pair?.key) ?? start;
    }
    if (next === undefined) break;
    node = next;
  }
  return lines.linePos(start).line;
}
