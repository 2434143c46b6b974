import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { loadPlaybook, parsePlaybook, PlaybookError } from './load.ts';

/** A whole playbook; each test spoils one place of it. */
const good = `name: Test
defaults: { zone: Europe/Madrid, locale: es }
sending:
  window: { from: '09:00', to: '20:00' }
scoring:
  half_life: 30d
  rules:
    - { id: order, event: Order Completed, points: 20 }
    - { id: big, event: Order Completed, where: properties.revenue > 50, points: 5 }
  fit:
    - { id: local, where: traits.country == "ES", points: 5 }
  bands:
    - { id: cold, from: 0 }
    - { id: hot, from: 50 }
stages:
  initial: prospect
  names: [prospect, active, lapsed]
  transitions:
    - { id: order, to: active, on: { event: Order Completed } }
    - { id: heat, from: [prospect], to: active, band: hot }
    - { id: lapse, from: [active], to: lapsed, after: { quiet: 90d, since: { event: Order Completed } } }
milestones:
  - { id: orders-1, kind: count, of: { event: Order Completed }, threshold: 1 }
  - { id: spend-100, kind: sum, of: { event: Order Completed }, property: revenue, currency: USD, threshold: 100 }
categories:
  - { id: milestone, title: { es: hitos, en: milestones }, consent: opt_out }
  - { id: lifecycle, title: { es: actividad }, consent: opt_in, tracking: opt_out, renamed_from: activity }
  - { id: essential, title: { es: imprescindibles }, legal: true, renamed_from: [receipts, resets] }
plays:
  - id: thanks
    on: { milestone: [orders-1, spend-100] }
    category: milestone
    priority: 500
    not_after: 7d
    template: thanks
  - id: win-back
    on: { stage: lapsed }
    exit:
      - stage_left: lapsed
    category: lifecycle
    priority: 100
    not_after: 14d
    template: win-back
`;
const spoil = (from: string, to: string): string => {
  expect(good).toContain(from);
  return good.replace(from, to);
};
const problems = (text: string): string => {
  try {
    parsePlaybook(text, 'p.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(PlaybookError);
    return (error as Error).message;
  }
  return 'no problem';
};

test('a good playbook loads, with its defaults and its version', () => {
  const loaded = parsePlaybook(good);
  expect(loaded.version).toBe(createHash('sha256').update(good).digest('hex').slice(0, 12));
  expect(loaded.sending).toEqual({ window: { from: '09:00', to: '20:00' }, daily_cap: 1, behaviour_monthly_cap: 2 });
  expect(loaded.plays[0]?.on).toEqual({ milestone: ['orders-1', 'spend-100'] });
  expect(parsePlaybook(spoil('[orders-1, spend-100]', 'orders-1')).plays[0]?.on).toEqual({ milestone: ['orders-1'] });
});

describe('each error names file, line, key and what was expected', () => {
  test.each([
    [
      'half_life: 30d',
      'half_life: 30',
      'p.yaml:6: scoring.half_life: expected a whole number and a unit: 30s, 15m, 48h, 90d (a day is 24 hours), got 30',
    ],
    ['half_life: 30d', 'half_life: 4000d', 'p.yaml:6: scoring.half_life: expected ten years at most (3660d), got "4000d"'],
    [
      'not_after: 14d',
      'not_after: 2 weeks',
      'p.yaml:42: plays[1].not_after: expected a whole number and a unit: 30s, 15m, 48h, 90d (a day is 24 hours), got "2 weeks"',
    ],
    [
      'not_after: 14d',
      'not_after: 400d',
      'p.yaml:42: plays[1].not_after: expected a year at most (365d): what is older is no news, got "400d"',
    ],
    ["to: '20:00'", "to: '8pm'", 'p.yaml:4: sending.window.to: expected a time of day such as "09:00", got "8pm"'],
    [
      'Europe/Madrid',
      'Europe/Madird',
      'p.yaml:2: defaults.zone: expected an IANA time zone such as Europe/Madrid, got "Europe/Madird"',
    ],
    ['Europe/Madrid', "'+02:00'", 'p.yaml:2: defaults.zone: expected an IANA time zone such as Europe/Madrid, got "+02:00"'],
    ['locale: es', 'locale: spanish', 'p.yaml:2: defaults.locale: expected a BCP 47 language such as es or es-MX, got "spanish"'],
    [
      'currency: USD',
      'currency: DOL',
      'p.yaml:24: milestones[1].currency: expected an ISO 4217 currency with a minor unit, in capitals, such as USD, got "DOL"',
    ],
    [
      'currency: USD',
      'currency: XAU',
      'p.yaml:24: milestones[1].currency: expected an ISO 4217 currency with a minor unit, in capitals, such as USD, got "XAU"',
    ],
    [
      'id: win-back',
      'id: Win Back',
      'p.yaml:36: plays[1].id: expected a name in lower-case letters, digits and dashes, beginning with a letter, got "Win Back"',
    ],
    ['threshold: 1 }', 'threshold: 1.5 }', 'p.yaml:23: milestones[0].threshold: expected a whole number, got 1.5'],
    ['threshold: 100', 'threshold: 0', 'p.yaml:24: milestones[1].threshold: expected more than 0, got 0'],
    ['threshold: 100', 'threshold: 0.004', 'p.yaml:24: milestones[1].threshold: expected at least 0.01 USD, got 0.004'],
    [
      'threshold: 100',
      'threshold: 1e300',
      'p.yaml:24: milestones[1].threshold: expected at most 90071992547409.91 USD, got 1e+300',
    ],
    [
      'currency: USD, threshold: 100',
      'currency: JPY, threshold: 0.4',
      'p.yaml:24: milestones[1].threshold: expected at least 1 JPY, got 0.4',
    ],
    ['points: 20', 'points: many', 'p.yaml:8: scoring.rules[0].points: expected a number, got "many"'],
    ['priority: 100\n', 'priority: 5000\n', 'p.yaml:41: plays[1].priority: expected 0 to 1000, got 5000'],
    ['names: [prospect, active, lapsed]', 'names: []', 'p.yaml:17: stages.names: expected at least one stage, got []'],
  ])('%s → %s', (from, to, message) => {
    expect(problems(spoil(from, to))).toBe(message);
  });

  test.each([
    [
      '    template: win-back\n',
      '',
      'p.yaml:36: plays[1].template: missing: expected a name in lower-case letters, digits and dashes, beginning with a letter',
    ],
    [
      '{ zone: Europe/Madrid, locale: es }',
      '{ zone: Europe/Madrid }',
      'p.yaml:2: defaults.locale: missing: expected a BCP 47 language such as es or es-MX',
    ],
    ['name: Test\n', '', 'p.yaml:1: name: missing: expected a text'],
    [
      ', currency: USD',
      '',
      'p.yaml:24: milestones[1].currency: missing: expected an ISO 4217 currency with a minor unit, in capitals, such as USD',
    ],
  ])('missing: %s', (from, to, message) => {
    expect(problems(spoil(from, to))).toBe(message);
  });

  test.each([
    [
      'template: win-back',
      'template: win-back\n    subject: Hola',
      'p.yaml:44: plays[1].subject: unknown key; expected only id, on, exit (optional), entry (optional), category, priority, not_after, template',
    ],
    [
      'threshold: 1 }',
      'threshold: 1, currency: USD }',
      'p.yaml:23: milestones[0].currency: unknown key; expected only id, significance (optional), kind, of, threshold',
    ],
    [
      'on: { stage: lapsed }',
      'on: { stage: lapsed, where: x }',
      'p.yaml:37: plays[1].on.where: unknown key; expected only stage',
    ],
  ])('unknown: %s → %s', (from, to, message) => {
    expect(problems(spoil(from, to))).toBe(message);
  });

  test.each([
    ['kind: count', 'kind: streak', 'p.yaml:23: milestones[0].kind: expected one of count, sum, anniversary, got "streak"'],
    ['kind: count, ', '', 'p.yaml:23: milestones[0].kind: missing: expected one of count, sum, anniversary'],
    [
      'on: { stage: lapsed }',
      'on: { stag: lapsed }',
      'p.yaml:37: plays[1].on: expected { milestone } or { stage } or { band } or { event, where (optional), source (optional) }, got {"stag":"lapsed"}',
    ],
    [
      'on: { stage: lapsed }',
      'on: lapsed',
      'p.yaml:37: plays[1].on: expected { milestone } or { stage } or { band } or { event, where (optional), source (optional) }, got "lapsed"',
    ],
    [
      '    on: { stage: lapsed }\n',
      '',
      'p.yaml:36: plays[1].on: missing: expected { milestone } or { stage } or { band } or { event, where (optional), source (optional) }',
    ],
    ['[orders-1, spend-100]', '7', 'p.yaml:31: plays[0].on.milestone: expected the id of a milestone, or a list of them, got 7'],
    [
      '- stage_left: lapsed',
      '- left: lapsed',
      'p.yaml:39: plays[1].exit[0]: expected { stage_left } or { event, where (optional), source (optional) }, got {"left":"lapsed"}',
    ],
    [', band: hot }', ' }', 'p.yaml:20: stages.transitions[1]: expected exactly one of on, band, after'],
    [
      ', band: hot }',
      ', band: hot, on: { event: X } }',
      'p.yaml:20: stages.transitions[1]: expected exactly one of on, band, after',
    ],
  ])('alternatives: %s → %s', (from, to, message) => {
    expect(problems(spoil(from, to))).toBe(message);
  });

  test.each([
    [
      'where: properties.revenue > 50',
      'where: \'properties.revenue >= "fifty"\'',
      'p.yaml:9: scoring.rules[1].where: expected a CEL condition: >= compares with the text "fifty"; write a number without quotes (50), a date ("2026-01-31") or duration("36h"), at character 23: properties.revenue >= ⟨here⟩"fifty"',
    ],
    [
      'where: properties.revenue > 50',
      'where: properties.revenue >',
      'p.yaml:9: scoring.rules[1].where: expected a CEL condition: Unexpected token: EOF, at character 21: properties.revenue >⟨here⟩',
    ],
    [
      'traits.country == "ES"',
      'properties.country == "ES"',
      'p.yaml:11: scoring.fit[0].where: expected a CEL condition: Unknown variable: properties, at character 1: ⟨here⟩properties.country == "ES"',
    ],
    [
      'on: { stage: lapsed }',
      'on: { event: X, where: 1 + 1 }',
      'p.yaml:37: plays[1].on.where: expected a CEL condition: must say true or false, not int, at character 1: ⟨here⟩1 + 1',
    ],
  ])('conditions: %s → %s', (from, to, message) => {
    expect(problems(spoil(from, to))).toBe(message);
  });
});

describe('names that belong together are checked across the file', () => {
  test.each([
    ['id: spend-100', 'id: orders-1', 'p.yaml:24: milestones[1].id: "orders-1" is used before; expected each once'],
    ['id: win-back', 'id: thanks', 'p.yaml:36: plays[1].id: "thanks" is used before; expected each once'],
    ['id: heat', 'id: order', 'p.yaml:20: stages.transitions[1].id: "order" is used before; expected each once'],
    ['id: big', 'id: order', 'p.yaml:9: scoring.rules[1].id: "order" is used before; expected each once'],
    ['id: hot', 'id: cold', 'p.yaml:14: scoring.bands[1].id: "cold" is used before; expected each once'],
    [
      '[prospect, active, lapsed]',
      '[prospect, active, lapsed, active]',
      'p.yaml:17: stages.names[3]: "active" is used before; expected each once',
    ],
    [
      'initial: prospect',
      'initial: lead',
      'p.yaml:16: stages.initial: no stage is called "lead"; expected one of prospect, active, lapsed',
    ],
    [
      'from: [prospect]',
      'from: [lead]',
      'p.yaml:20: stages.transitions[1].from[0]: no stage is called "lead"; expected one of prospect, active, lapsed',
    ],
    [
      'to: lapsed',
      'to: churned',
      'p.yaml:21: stages.transitions[2].to: no stage is called "churned"; expected one of prospect, active, lapsed',
    ],
    ['to: lapsed', 'to: active', 'p.yaml:21: stages.transitions[2].to: expected another stage than those in `from`, got active'],
    ['band: hot', 'band: warm', 'p.yaml:20: stages.transitions[1].band: no band is called "warm"; expected one of cold, hot'],
    ['from: 50', 'from: 0', 'p.yaml:14: scoring.bands[1].from: expected more than the band before it (0), got 0'],
    [
      'from: 50',
      'from: 500',
      'p.yaml:14: scoring.bands[1].from: expected no more than scoring.ceiling (100), got 500: no one could reach it',
    ],
    ["to: '20:00'", "to: '09:00'", 'p.yaml:4: sending.window.to: expected a time after `from` (09:00), got 09:00'],
    [
      'spend-100]',
      'spend-200]',
      'p.yaml:31: plays[0].on.milestone[1]: no milestone is called "spend-200"; expected one of orders-1, spend-100',
    ],
    [
      'on: { milestone: [orders-1, spend-100] }',
      'on: { milestone: orders-2 }',
      'p.yaml:31: plays[0].on.milestone[0]: no milestone is called "orders-2"; expected one of orders-1, spend-100',
    ],
    [
      'on: { stage: lapsed }',
      'on: { stage: gone }',
      'p.yaml:37: plays[1].on.stage: no stage is called "gone"; expected one of prospect, active, lapsed',
    ],
    [
      'on: { stage: lapsed }',
      'on: { band: warm }',
      'p.yaml:37: plays[1].on.band: no band is called "warm"; expected one of cold, hot',
    ],
    [
      'stage_left: lapsed',
      'stage_left: gone',
      'p.yaml:39: plays[1].exit[0].stage_left: no stage is called "gone"; expected one of prospect, active, lapsed',
    ],
  ])('%s → %s', (from, to, message) => {
    expect(problems(spoil(from, to)).split('\n')[0]).toBe(message);
  });

  test.each([
    [
      'category: lifecycle',
      'category: lifecicle',
      'p.yaml:40: plays[1].category: no category is called "lifecicle"; expected one of milestone, lifecycle, essential',
    ],
    [
      'id: milestone, title',
      'id: lifecycle, title',
      'p.yaml:27: categories[1].id: "lifecycle" is used before; expected each once',
    ],
    [
      'renamed_from: activity',
      'renamed_from: milestone',
      'p.yaml:27: categories[1].renamed_from[0]: "milestone" is used before; expected each once',
    ],
    [
      'renamed_from: [receipts, resets]',
      'renamed_from: [receipts, activity]',
      'p.yaml:28: categories[2].renamed_from[1]: "activity" is used before; expected each once',
    ],
    [
      'renamed_from: activity',
      'renamed_from: all',
      'p.yaml:27: categories[1].renamed_from: expected another name: "all" and "tracking" are reserved, got "all"',
    ],
    [
      'id: milestone, title',
      'id: tracking, title',
      'p.yaml:26: categories[0].id: expected another name: "all" and "tracking" are reserved, got "tracking"',
    ],
    [
      'title: { es: hitos, en: milestones }',
      'title: { en: milestones }',
      'p.yaml:26: categories[0].title: missing: expected a title in the default language, es',
    ],
    [
      'title: { es: hitos, en: milestones }',
      'title: { es: hitos, english: milestones }',
      'p.yaml:26: categories[0].title.english: expected a BCP 47 language such as es or es-MX',
    ],
    [', consent: opt_out }', ' }', 'p.yaml:26: categories[0]: expected consent: opt_in or opt_out, or legal: true'],
    [
      'legal: true',
      'legal: true, tracking: opt_in',
      'p.yaml:28: categories[2]: expected no consent and no tracking beside legal: true, which asks for none',
    ],
  ])('categories: %s → %s', (from, to, message) => {
    expect(problems(spoil(from, to)).split('\n')[0]).toBe(message);
  });

  test('also what follows from a name used twice', () => {
    expect(problems(spoil('id: spend-100', 'id: orders-1')).split('\n')[1]).toBe(
      'p.yaml:31: plays[0].on.milestone[1]: no milestone is called "spend-100"; expected one of orders-1',
    );
  });
});

test('several problems are told at once, in the order of the file', () => {
  const text = spoil('half_life', 'halflife').replace('kind: sum', 'kind: total').replace('name: Test', 'name: 5');
  expect(
    problems(text)
      .split('\n')
      .map((line) => line.split(': ').slice(0, 2).join(' ')),
  ).toEqual(['p.yaml:1 name', 'p.yaml:5 scoring.half_life', 'p.yaml:6 scoring.halflife', 'p.yaml:24 milestones[1].kind']);
});

/** Every path of a value. */
const paths = (value: unknown): (string | number)[][] =>
  typeof value !== 'object' || value === null
    ? [[]]
    : [
        [],
        ...Object.entries(value).flatMap(([key, inner]) =>
          paths(inner).map((rest) => [Array.isArray(value) ? Number(key) : key, ...rest]),
        ),
      ];

test('whatever stands in whatever place: it loads, or each line of the error names file, line and problem', () => {
  const places = paths(parse(good)).filter((path) => path.length > 0);
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...places).map((path) => at(parse(good), path)),
  );
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...places), anything, fc.constantFrom('put', 'drop', 'add'), (path, value, act) => {
      const file = parse(good) as object;
      const parent = at(file, path.slice(0, -1)) as Record<string | number, unknown>;
      const key = path.at(-1) ?? '';
      if (act === 'put') parent[key] = value;
      else if (act === 'drop') Reflect.deleteProperty(parent, key);
      else if (!Array.isArray(parent)) parent['extra'] = value;
      const told = problems(stringify(file));
      if (told === 'no problem') return;
      refused++;
      for (const line of told.split('\n'))
        expect(line).toMatch(
          /^p\.yaml:\d+: ([a-z_$]+(\[\d+\]|\.\w+)*: )?(\w.*)?(expected|missing|not YAML|unknown key|is used before)/,
        );
      expect(told).not.toMatch(/undefined|Invalid|\[object/);
    }),
    { numRuns: 150 },
  );
  expect(refused).toBeGreaterThan(60);
});

const at = (value: unknown, path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);

test('what is not YAML, or not a playbook at all, or not there', () => {
  expect(problems(spoil('name: Test', 'name: [Test'))).toMatch(/^p\.yaml:2: not YAML: /);
  expect(problems(spoil('locale: es', 'locale: es, locale: en'))).toBe('p.yaml:2: not YAML: Map keys must be unique');
  expect(problems('a: &x 1\nb: *x')).toBe('p.yaml:2: *x: expected no aliases; write the rule out');
  expect(() => loadPlaybook('/nowhere/p.yaml')).toThrow('/nowhere/p.yaml: cannot be read (ENOENT');
});

test('the example shop', () => {
  const shop = loadPlaybook('examples/shop/playbook.yaml');
  const told = shop.plays.flatMap(({ on }) => ('milestone' in on ? on.milestone : []));
  expect([...told].sort()).toEqual(shop.milestones.map(({ id }) => id).sort());
  expect(readFileSync('examples/shop/playbook.yaml', 'utf8')).toContain('$schema: ./playbook.schema.json');
  const byPriority = [...shop.plays].sort((a, b) => b.priority - a.priority).map(({ id }) => id);
  expect(byPriority).toEqual([
    'password-reset',
    'anniversary',
    'spend-large',
    'orders-large',
    'spend-small',
    'orders-small',
    'welcome',
    'win-back',
  ]);
});

describe('links.hosts', () => {
  const withHosts = (hosts: string): string => spoil('name: Test', `name: Test\nlinks: { hosts: ${hosts} }`);

  test('are read into one spelling, and are any where the playbook says nothing', () => {
    expect(parsePlaybook(good).links).toEqual({ hosts: ['*'] });
    expect(parsePlaybook(withHosts('[]')).links).toEqual({ hosts: [] });
    expect(parsePlaybook(withHosts('[Shop.example, "*.B\u00fccher.example"]')).links.hosts).toEqual([
      'shop.example',
      '*.xn--bcher-kva.example',
    ]);
  });

  test.each(['https://shop.example', 'shop.example/x', '*.example', '*', 'a@shop.example'])('take no %j', (host) => {
    expect(problems(withHosts(`["${host}"]`))).toBe(
      `p.yaml:2: links.hosts[0]: expected a host such as shop.example, or *.shop.example for all hosts below it; no https://, no path, got "${host}"`,
    );
  });
});

test('the sources of a play are names of write keys', () => {
  const from = (source: string): string => spoil('{ stage: lapsed }', `{ event: Reset, source: ${source} }`);
  expect(parsePlaybook(from('[server]')).plays[1]?.on).toEqual({ event: 'Reset', source: ['server'] });
  expect(problems(from('[]'))).toContain('plays[1].on.source: expected at least one source');
  expect(problems(from('[My Server]'))).toContain('plays[1].on.source[0]: expected the name of a source');
});

test.each(['', '  \n\n', '# rules will come\n', '---\n', '{}', '[]', '\uFEFF'])('a playbook of %j is told as empty', (text) => {
  expect(() => parsePlaybook(text, 'p.yaml')).toThrow('p.yaml:1: is empty; expected rules');
});
