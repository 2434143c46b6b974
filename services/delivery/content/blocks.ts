import type { LiquidPart } from './liquid-source.ts';
import type { Fault } from './fault.ts';

/** Where a part of Liquid stands: `text`, or an attribute's value, named by its place in the source. */
export interface Placed {
  readonly part: LiquidPart;
  readonly place: string;
}

const opening = new Set(['if', 'unless', 'case', 'for', 'capture', 'comment']);
const between = new Set(['else', 'elsif', 'elseif', 'when']);

/** A block that begins in one place and goes on in another (`<a title="{% if x %}">{% endif %}`) makes other markup in each branch. */
export function blockFaults(places: readonly Placed[]): Fault[] {
  const open: Placed[] = [];
  const faults: Fault[] = [];
  for (const placed of places) {
    const { name, kind, text, begin } = placed.part;
    if (kind === 'output') continue;
    if (opening.has(name)) open.push(placed);
    const first = open.at(-1);
    const closes = name.startsWith('end');
    if (closes) open.pop();
    if ((closes || between.has(name)) && first !== undefined && first.place !== placed.place)
      faults.push({
        offset: begin,
        message: `${text} stands elsewhere than its ${first.part.text}. Begin and end a block in the same text, or in the same attribute.`,
      });
  }
  return faults;
}
