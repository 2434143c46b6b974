import type { Column } from '#reference';

/** Where the bytes of a table go, in order. */
export type Out = (bytes: Uint8Array) => void;

/** Writes the rows of a table one by one. It holds a bounded number of bytes, whatever the table's size. */
export interface TableWriter {
  /** Cells in the order of the columns; null where there is none. */
  add(cells: readonly unknown[]): void;
  /** Writes what is held back and the end of the table. Nothing may come after it. */
  end(): void;
}

/** Begins a table of these columns. */
export type Format = (columns: readonly Column[], out: Out) => TableWriter;

/** The cell as JSON in one line. A half of a surrogate pair stays escaped, so that the text is well-formed. */
export const jsonText = (cell: unknown): string => JSON.stringify(cell);

/** A file is written in portions of this many characters at least. */
const portion = 65_536;

/** Collects text and writes it in portions. */
export class Portions {
  private held = '';

  constructor(private readonly out: Out) {}

  add(text: string): void {
    this.held += text;
    if (this.held.length >= portion) this.flush();
  }

  flush(): void {
    if (this.held !== '') this.out(Buffer.from(this.held));
    this.held = '';
  }
}
