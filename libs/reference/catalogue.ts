import { deadLetterHeaders, personalClasses, type Contract } from '#contracts';
import { fieldsOf, jsonSchemaOf, recordSchema, typeOf, type Field } from './json-schema.ts';

/** A record of each topic from a real run, by the name of its contract. */
export type Samples = Readonly<Record<string, unknown>>;

/** The topic catalogue as Markdown. */
export function catalogue(contracts: readonly Contract[], samples: Samples): string {
  const [records, letters] = [contracts.filter((one) => !isLetter(one)), contracts.filter(isLetter)];
  return [
    ...head,
    '| topic | owner | written by | key | partitions | cleanup | kept | largest record |',
    '|---|---|---|---|---|---|---|---|',
    ...contracts.map(
      (one) =>
        `| [\`${one.name}\`](#${anchor(isLetter(one) ? 'dead letters' : one.name)}) | ${one.about?.owner ?? ''} | ${one.writer?.processor ?? `the processes of ${one.about?.owner ?? ''}`} | ${one.about?.key ?? ''} | \`HITO_PARTITIONS\` | ${one.cleanup} | ${kept(one)} | ${largest(one)} |`,
    ),
    '',
    '## Classes of personal data',
    '',
    '| class | a field of it tells |',
    '|---|---|',
    ...Object.entries(personalClasses).map(([name, meaning]) => `| ${name} | ${meaning} |`),
    '',
    ...records.flatMap((one) => section(one, samples[one.name])),
    ...letterSection(letters),
  ].join('\n');
}

const head = [
  '# Topics',
  '',
  'With this page you can read any topic of Hito and know what each field means. `npm run docs:reference` makes it from `libs/contracts`.',
  '',
  'A topic on the broker is `HITO_PREFIX.name`, e.g. `hito.outcomes.v1`. All topics have the same number of partitions (`HITO_PARTITIONS`, 12 unless set).',
  'Values are JSON. Records with the header `hito-control` are watermarks and clocks: skip them. A record may lie there twice after a crash: drop repeats by `id`.',
  'JSON Schemas and Avro schemas: [schemas](schemas). All topics in one document: [asyncapi.json](asyncapi.json).',
  'As tables, with the columns of each topic, and with sinks for databases: [how data teams use the topics](../how-to/data.md).',
  '',
  '**Retractions and restatements.** No record is ever changed or deleted before its time. What a later record changes or takes back is said of each topic below.',
  'Three rules hold for all: a record counts once by `id`; of a person the record with the latest `at` is true now; on a compacted topic a record without a value takes back what lies under its key (Hito writes none today).',
  '',
  'Within a version only optional fields come or go. Ignore fields and words that you do not know.',
  '',
];

const isLetter = ({ name }: Contract): boolean => name.includes('dead-letters');
const anchor = (title: string): string => title.toLowerCase().replaceAll('.', '').replaceAll(' ', '-');
const kept = ({ retentionMs, cleanup }: Contract): string =>
  cleanup === 'compact'
    ? 'the newest record of each key'
    : retentionMs === -1
      ? 'always'
      : `${String(retentionMs / 86_400_000)} days`;

const largest = ({ maxBytes }: Contract): string => `${String((maxBytes ?? 1_048_576) / 1_048_576)} MiB`;

const cell = (text: string): string => text.replaceAll('|', '\\|');
const row = ({ path, schema, required }: Field): string =>
  `| \`${path}\` | ${typeOf(schema)}${required ? '' : ', optional'} | ${schema['x-personal'] ?? ''} | ${cell(schema.description ?? '')} |`;
const table = (fields: readonly Field[]): string[] => [
  '| field | type | personal data | meaning |',
  '|---|---|---|---|',
  ...fields.map(row),
];

function section(contract: Contract, sample: unknown): string[] {
  return [
    `## ${contract.name}`,
    '',
    contract.about?.meaning ?? '',
    '',
    `**Restated or taken back:** ${contract.about?.restated ?? 'never.'}`,
    '',
    ...table(fieldsOf(recordSchema(contract))),
    '',
    ...(sample === undefined ? [] : ['```json', JSON.stringify(sample, undefined, 2), '```', '']),
  ];
}

const letterSection = (letters: readonly Contract[]): string[] => [
  '## Dead letters',
  '',
  `${letters.map(({ name }) => `\`${name}\``).join(', ')}: what a service could not take. The value, the key and the headers of the record are untouched; these headers are added:`,
  '',
  ...table(fieldsOf(jsonSchemaOf(deadLetterHeaders))),
  '',
  'The value may hold anything that somebody sent: treat it as personal data of every class.',
  '',
];
