import { jsonText, Portions, type Format } from './format.ts';

/** One JSON object per line, with every column; a column of JSON is the value itself. */
export const jsonl: Format = (columns, out) => {
  const text = new Portions(out);
  return {
    add: (cells) => {
      text.add(`${jsonText(Object.fromEntries(columns.map(({ name }, n) => [name, cells[n]])))}\n`);
    },
    end: () => {
      text.flush();
    },
  };
};
