import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { chart } from './render.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

const schema = JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8')) as Schema & {
  properties: Readonly<Record<string, Schema>>;
};
const files = globSync(['*.md', 'docs/**/*.md', `${chart}/*.md`]);

/** What a document writes as a path into the values: `settings.X`, `networkPolicy.egress.traces.ports`; not a file's name. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/(?<=[`{ ])([a-z][A-Za-z]*)((?:\.(?:[A-Za-z_]+|<name>))+)(?=[`:=}, ])/g)]
    .filter(([, top = '', rest = '']) => top in schema.properties && !/\.(ya?ml|md|ts|json)$/.test(rest))
    .map(([path]) => path);

/** The chart reads nothing of `global`. */
function known(path: string): boolean {
  if (path.startsWith('global.')) return false;
  let at: Schema | undefined = schema;
  for (const step of path.split('.')) {
    if (at.properties === undefined) return typeof at.additionalProperties === 'object';
    at = at.properties[step === '<name>' ? 'scoring' : step];
    if (at === undefined) return false;
  }
  return true;
}

test("every path into the chart's values that a document names is known to its schema", () => {
  const found = files.flatMap((file) => pathsIn(readFileSync(file, 'utf8')).map((path) => ({ file, path })));
  expect(found.length).toBeGreaterThan(15);
  expect(found.filter(({ path }) => !known(path))).toEqual([]);
});

test('a path that the schema does not know is found', () => {
  expect(
    pathsIn('set `global.env.HITO_TRACES_URL`, `settings.HITO_TRACE_URL` or `services.<name>.replicas`; see values.yaml'),
  ).toEqual(['global.env.HITO_TRACES_URL', 'settings.HITO_TRACE_URL', 'services.<name>.replicas']);
  expect(['global.env.HITO_TRACES_URL', 'settings.HITO_TRACE_URL', 'services.<name>.replica', 'kafka.ssl'].filter(known)).toEqual(
    [],
  );
});
