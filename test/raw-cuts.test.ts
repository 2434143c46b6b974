import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** Texts that are ours: digits of a hash, an instant as we print it, a uuid. All else is cut by `cut` of #facts. */
const ours = /digest\('hex'\)|toISOString\(\)|replaceAll\('-', ''\)/;
/** `.slice(0, 200)`, `.slice(0, maxLength)`: a text that is bounded. Lists bounded like that are named here. */
const bounding = /\.slice\(0, ?(\d\d+|\w*(?:max|Max|longest|Longest|Length)\w*)\)|\.substr(?:ing)?\(/;
const allowed: Readonly<Record<string, string>> = {
  'libs/facts/text.ts': 'the one place that cuts',
  'libs/playbook/explain.ts': 'a value of the playbook, which the operator wrote, in an error for its writer',
  'services/delivery/mime/feedback-id.ts': 'ids of the playbook, spelled in ASCII',
};

const files = ['libs', 'services'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.(test|itest)\.ts$|testing\//.test(file))
    .map((file) => `${folder}/${file}`),
);
const rawCuts = (text: string): string[] => text.split('\n').filter((line) => bounding.test(line) && !ours.test(line));

test('no text from outside is cut but between graphemes, by cut of #facts', () => {
  expect(files.length).toBeGreaterThan(100);
  const found = files.filter((file) => allowed[file] === undefined && rawCuts(readFileSync(file, 'utf8')).length > 0);
  expect(found).toEqual([]);
});

test.each(['name.trim().slice(0, 200)', 'text.substring(3)', 'text.slice(0, maxLength)', 'agent.substr(0, 9)'])(
  '%s is noticed',
  (line) => {
    expect(rawCuts(line)).toEqual([line]);
  },
);
