import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { services } from '#contracts';
import { families } from '../../test/metrics-documents.ts';
import { fileOf, grafanaJson } from './grafana.ts';
import { dashboards } from './index.ts';
import { metricsIn, syntaxError } from './promql.ts';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

const rulesDir = 'deploy/prometheus/rules';
const rules = readdirSync(rulesDir)
  .filter((file) => file.endsWith('.yml'))
  .flatMap((file) =>
    (parse(readFileSync(`${rulesDir}/${file}`, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules),
  );
const alerts = rules.filter(({ alert }) => alert !== undefined);
const panels = dashboards.flatMap(({ uid, panels }) => panels.map((panel) => ({ ...panel, uid })));

/** Every series that a query may name. */
const known = new Set([
  'up',
  'ALERTS',
  'ALERTS_FOR_STATE',
  ...rules.flatMap(({ record = [] }) => record),
  ...families().flatMap(({ name, type }) => (type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name])),
]);
const unknownIn = (expr: string): string[] => metricsIn(expr).filter((name) => !known.has(name));

describe('dashboards', () => {
  test.each(dashboards)('$uid is committed as it is made (npm run docs:dashboards)', (spec) => {
    expect(readFileSync(fileOf(spec), 'utf8')).toBe(grafanaJson(spec));
  });

  test('there is no file of a dashboard that is no more', () => {
    expect(
      readdirSync('deploy/grafana/dashboards')
        .filter((file) => file.endsWith('.json'))
        .sort(),
    ).toEqual(dashboards.map((spec) => fileOf(spec).split('/').at(-1)).sort());
  });

  test.each(panels)('$uid, $title: every query is PromQL and asks for metrics that exist', ({ queries, about }) => {
    expect(queries.flatMap(({ expr }) => syntaxError(expr) ?? [])).toEqual([]);
    expect(queries.flatMap(({ expr }) => unknownIn(expr))).toEqual([]);
    expect(about.length).toBeGreaterThan(5);
  });
});

describe('rules', () => {
  test.each(rules)('$alert$record is PromQL and asks for metrics that exist', ({ expr }) => {
    expect(syntaxError(expr)).toBeUndefined();
    expect(metricsIn(expr).length).toBeGreaterThan(0);
    expect(unknownIn(expr)).toEqual([]);
  });

  test('a mistake in a query or in a name is found', () => {
    expect(syntaxError('sum by (a (b)')).toBeDefined();
    expect(unknownIn('sum(rate(hito_mail_total[5m]))')).toEqual(['hito_mail_total']);
  });
});

describe('alerts', () => {
  const pages = readdirSync('docs/runbooks').filter((file) => file.startsWith('Hito'));
  const tests = readdirSync('deploy/prometheus/tests')
    .flatMap((file) => (parse(readFileSync(`deploy/prometheus/tests/${file}`, 'utf8')) as { tests: { name: string }[] }).tests)
    .map(({ name }) => name);

  test('each has its runbook, and each runbook its alert', () => {
    expect(pages.sort()).toEqual(alerts.map(({ alert }) => `${String(alert)}.md`).sort());
  });

  test.each(alerts)('$alert says how bad it is, and its page says what to do', ({ alert, labels, annotations }) => {
    expect(['page', 'ticket']).toContain(labels?.severity);
    expect(annotations?.['runbook']).toBe(`docs/runbooks/${String(alert)}.md`);
    const page = readFileSync(`docs/runbooks/${String(alert)}.md`, 'utf8');
    expect(page.match(/^##? .*$/gm)).toEqual([
      `# ${String(alert)}`,
      '## Meaning',
      '## First look',
      '## Remedy',
      '## How to try it',
    ]);
  });

  test('HitoServiceMissing looks for each service that there is', () => {
    const { expr = '' } = alerts.find(({ alert }) => alert === 'HitoServiceMissing') ?? {};
    expect([...expr.matchAll(/absent\(hito_ready\{service="(\w+)"\}\)/g)].map(([, service]) => service)).toEqual([...services]);
  });

  test.each(alerts)('$alert has a case in which it fires and one in which it does not', ({ alert }) => {
    expect(tests.filter((name) => name.startsWith(`${String(alert)} `)).sort()).toEqual([
      `${String(alert)} does not fire`,
      `${String(alert)} fires`,
    ]);
  });
});
