import type { Fault } from './fault.ts';

const noEnd = new Set('area base br col hr img input link meta source track wbr'.split(' '));

/** Whether every element that begins in a source ends in it, in the right order: mail programs mend what does not in ways of their own. */
export class Balance {
  readonly faults: Fault[] = [];
  readonly #open: { readonly name: string; readonly offset: number }[] = [];
  readonly #lineAt: (offset: number) => number;

  constructor(lineAt: (offset: number) => number) {
    this.#lineAt = lineAt;
  }

  begin(name: string, offset: number, selfClosing: boolean): void {
    if (noEnd.has(name) || (selfClosing && name.startsWith('mj-'))) return;
    this.#open.push({ name, offset });
  }

  end(name: string, offset: number): void {
    const at = this.#open.findLastIndex((opened) => opened.name === name);
    if (at === -1) {
      this.faults.push({ offset, message: `</${name}> ends nothing that is open. Take it out, or begin <${name}> before it.` });
      return;
    }
    for (const inner of this.#open.splice(at).slice(1).reverse())
      this.faults.push({
        offset: inner.offset,
        message: `<${inner.name}> is not closed before </${name}> on line ${String(this.#lineAt(offset))}. Write </${inner.name}> there.`,
      });
  }

  finish(): void {
    for (const { name, offset } of this.#open.splice(0))
      this.faults.push({ offset, message: `<${name}> is not closed. Write </${name}> where it ends.` });
  }
}
