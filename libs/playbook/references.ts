import { minorDigits, minorUnits } from '#facts';
import type { Problem } from './problem.ts';
import { isLocale, type PlaybookFile } from './schema.ts';

type Path = Problem['path'];

/** What no single key can tell: names that must exist elsewhere in the file, names used twice, numbers out of order. */
export const references = (file: PlaybookFile): Problem[] => [
  ...uniqueIds(file),
  ...sendingWindow(file),
  ...scoreBands(file),
  ...stageNames(file),
  ...sumThresholds(file),
  ...categoryNames(file),
  ...playTriggers(file),
  ...sourceNames(file),
];

const known = (path: Path, name: string, of: readonly string[], what: string): Problem[] =>
  of.includes(name)
    ? []
    : [
        {
          path,
          message: `no ${what} is called ${JSON.stringify(name)}; expected one of ${[...new Set(of)].join(', ') || '(none is declared)'}`,
        },
      ];

const repeated = (values: readonly string[], path: (index: number) => Path): Problem[] =>
  values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [{ path: path(index), message: `${JSON.stringify(value)} is used before; expected each once` }]
      : [],
  );

function uniqueIds({ scoring, stages, milestones, categories, plays }: PlaybookFile): Problem[] {
  const lists: [Path, readonly { id: string }[]][] = [
    [['scoring', 'rules'], scoring.rules],
    [['scoring', 'fit'], scoring.fit],
    [['scoring', 'bands'], scoring.bands],
    [['stages', 'transitions'], stages.transitions],
    [['milestones'], milestones],
    [['categories'], categories],
    [['plays'], plays],
  ];
  return lists.flatMap(([path, items]) =>
    repeated(
      items.map((item) => item.id),
      (index) => [...path, index, 'id'],
    ),
  );
}

function sourceNames({ sources }: PlaybookFile): Problem[] {
  return [
    ...repeated(
      sources.map(({ name }) => name),
      (index) => ['sources', index, 'name'],
    ),
    ...sources.flatMap(({ topics }, index) => repeated(topics, (n) => ['sources', index, 'topics', n])),
  ];
}

function sendingWindow({ sending: { window } }: PlaybookFile): Problem[] {
  if (window.from < window.to) return [];
  return [{ path: ['sending', 'window', 'to'], message: `expected a time after \`from\` (${window.from}), got ${window.to}` }];
}

const scoreBands = ({ scoring: { bands, ceiling } }: PlaybookFile): Problem[] =>
  bands.flatMap(({ from }, index): Problem[] => {
    const path: Path = ['scoring', 'bands', index, 'from'];
    const below = bands[index - 1];
    if (below !== undefined && from <= below.from)
      return [{ path, message: `expected more than the band before it (${String(below.from)}), got ${String(from)}` }];
    return from > ceiling
      ? [
          {
            path,
            message: `expected no more than scoring.ceiling (${String(ceiling)}), got ${String(from)}: no one could reach it`,
          },
        ]
      : [];
  });

/** Sums are counted in whole minor units, exactly: a threshold of none of them, or of more than a double holds, is never reached as written. */
const sumThresholds = ({ milestones }: PlaybookFile): Problem[] =>
  milestones.flatMap((rule, index): Problem[] => {
    if (rule.kind !== 'sum') return [];
    const { threshold, currency } = rule;
    const digits = minorDigits(currency);
    if (digits === undefined) return []; // the schema has refused it
    const minor = minorUnits(threshold, digits);
    if (minor !== undefined && minor >= 1) return [];
    const bound = (units: number): string => `${(units / 10 ** digits).toFixed(digits)} ${currency}`;
    const expected = minor === undefined ? `at most ${bound(Number.MAX_SAFE_INTEGER)}` : `at least ${bound(1)}`;
    return [{ path: ['milestones', index, 'threshold'], message: `expected ${expected}, got ${String(threshold)}` }];
  });

function stageNames({ stages: { initial, names, transitions }, scoring }: PlaybookFile): Problem[] {
  const bands = scoring.bands.map((band) => band.id);
  return [
    ...repeated(names, (index) => ['stages', 'names', index]),
    ...known(['stages', 'initial'], initial, names, 'stage'),
    ...transitions.flatMap(({ from = [], to, band }, index): Problem[] => {
      const path: Path = ['stages', 'transitions', index];
      return [
        ...from.flatMap((name, n) => known([...path, 'from', n], name, names, 'stage')),
        ...known([...path, 'to'], to, names, 'stage'),
        ...(from.includes(to)
          ? [{ path: [...path, 'to'], message: `expected another stage than those in \`from\`, got ${to}` }]
          : []),
        ...(band === undefined ? [] : known([...path, 'band'], band, bands, 'band')),
      ];
    }),
  ];
}

/** A category's former names are nobody else's, and its title can be read by those who have told no language. */
function categoryNames({ categories, plays, defaults }: PlaybookFile): Problem[] {
  const ids = categories.map((category) => category.id);
  const language = (tag: string): string => tag.split('-')[0] ?? tag;
  const taken = new Set(ids);
  const former = categories.flatMap(({ title, renamed_from }, index): Problem[] => {
    const path: Path = ['categories', index];
    return [
      ...Object.keys(title).flatMap((tag) =>
        isLocale(tag) ? [] : [{ path: [...path, 'title', tag], message: 'expected a BCP 47 language such as es or es-MX' }],
      ),
      ...(Object.keys(title).some((tag) => language(tag) === language(defaults.locale))
        ? []
        : [{ path: [...path, 'title'], message: `missing: expected a title in the default language, ${defaults.locale}` }]),
      ...renamed_from.flatMap((name, n): Problem[] => {
        const again = taken.has(name);
        taken.add(name);
        return again
          ? [{ path: [...path, 'renamed_from', n], message: `${JSON.stringify(name)} is used before; expected each once` }]
          : [];
      }),
    ];
  });
  return [...former, ...plays.flatMap(({ category }, index) => known(['plays', index, 'category'], category, ids, 'category'))];
}

function playTriggers({ plays, milestones, stages, scoring }: PlaybookFile): Problem[] {
  const milestoneIds = milestones.map((milestone) => milestone.id);
  const bands = scoring.bands.map((band) => band.id);
  return plays.flatMap(({ on, exit }, index): Problem[] => {
    const path: Path = ['plays', index, 'on'];
    const exits = exit.flatMap((way, n) =>
      'stage_left' in way ? known(['plays', index, 'exit', n, 'stage_left'], way.stage_left, stages.names, 'stage') : [],
    );
    if ('stage' in on) return [...known([...path, 'stage'], on.stage, stages.names, 'stage'), ...exits];
    if ('band' in on) return [...known([...path, 'band'], on.band, bands, 'band'), ...exits];
    if (!('milestone' in on)) return exits;
    const each = (n: number): Path => [...path, 'milestone', n];
    return [
      ...repeated(on.milestone, each),
      ...on.milestone.flatMap((name, n) => known(each(n), name, milestoneIds, 'milestone')),
      ...exits,
    ];
  });
}
