import { cut } from '#facts';

/** What the launcher says: steps as lines, and one line that is renewed in place (on a terminal) or now and then (elsewhere). */
export interface Display {
  line(text: string): void;
  /** Replaces the last progress. */
  progress(text: string): void;
}

const everyMs = 5_000;

export function display(out: NodeJS.WriteStream): Display {
  let open = false;
  let last = 0;
  const close = (): void => {
    if (open) out.write('\n');
    open = false;
  };
  return {
    line(text) {
      close();
      out.write(`${text}\n`);
    },
    progress(text) {
      if (out.isTTY) {
        out.write(`\r\u001B[2K${cut(text, Math.max(20, out.columns - 1))}`);
        open = true;
      } else if (Date.now() - last >= everyMs) {
        last = Date.now();
        out.write(`${text}\n`);
      }
    },
  };
}
