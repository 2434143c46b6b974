import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parsePlaybook } from './load.ts';

const shop = readFileSync('examples/shop/playbook.yaml', 'utf8');
const line = shop.split('\n').length;
const withSources = (sources: string): ReturnType<typeof parsePlaybook> => parsePlaybook(`${shop}${sources}`, 'p.yaml');
const problems = (sources: string): string => {
  try {
    withSources(sources);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const source = (parts: string, name = 'clicks'): string =>
  `sources:\n  - name: ${name}\n    topics: [shop.clicks]\n    from: earliest\n${parts}`;

test('a source of ten lines is read with its defaults', () => {
  const [read] = withSources(source('    map:\n      person: record.value.user\n      name: record.value.action\n')).sources;
  expect(read).toEqual({
    name: 'clicks',
    topics: ['shop.clicks'],
    format: 'json',
    from: 'earliest',
    map: { person: 'record.value.user', name: 'record.value.action' },
  });
});

test.each([
  ['    map: { name: record.value.a }\n', 4, 'sources[0].map', 'expected person or anonymous_id'],
  ['    map: { person: recrod.value.a }\n', 4, 'sources[0].map.person', 'Unknown variable: recrod'],
  [
    '    map:\n      person: record.key\n      properties:\n        a: record.value.\n',
    7,
    'sources[0].map.properties.a',
    'expected a CEL expression',
  ],
  [
    '    map:\n      person: record.key\n      properties: "[1]"\n',
    6,
    'sources[0].map.properties',
    'must give a map, not a list',
  ],
  ['    map:\n      person: record.key\n      type: track\n', 6, 'sources[0].map.type', 'Unknown variable: track'],
  ['    map: { person: record.key, user: record.key }\n', 4, 'sources[0].map.user', 'unknown key'],
  ['    format: xml\n    map: { person: record.key }\n', 4, 'sources[0].format', 'expected one of json, cloudevents'],
])('%j is refused with its line and key', (parts, at, key, problem) => {
  const told = problems(source(parts));
  expect(told).toContain(`p.yaml:${String(line + at)}: ${key}`);
  expect(told).toContain(problem);
});

test("a source needs a start, topics each once, and a name of its own that is not the replayer's", () => {
  const map = '    map: { person: record.key }\n';
  expect(problems(`sources:\n  - name: a\n    topics: [x, x]\n    from: earliest\n${map}`)).toContain(
    'sources[0].topics[1]: "x" is used before',
  );
  expect(problems(`sources:\n  - name: a\n    topics: []\n    from: earliest\n${map}`)).toContain('expected at least one topic');
  expect(problems(`sources:\n  - name: a\n    topics: ["a b"]\n    from: earliest\n${map}`)).toContain("expected a topic's name");
  expect(problems(`sources:\n  - name: a\n    topics: [x]\n    from: yesterday\n${map}`)).toContain(
    'expected earliest, latest, or an instant',
  );
  expect(problems(source(map, 'replay'))).toContain('that of the replayer');
  expect(problems(source(map) + source(map).split('\n').slice(1).join('\n'))).toContain(
    'sources[1].name: "clicks" is used before',
  );
});
