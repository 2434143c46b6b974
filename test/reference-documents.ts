import { readdirSync, readFileSync } from 'node:fs';
import { contracts } from '#contracts';
import { internalRoutes } from '#platform';
import { asyncApi, avroOf, catalogue, openApi, recordSchema, type Release, type Samples } from '#reference';
import { trackingRoutes } from '../services/delivery/tracking/described-routes.ts';
import { edgeRoutes } from '../services/ingestion/edge/described-routes.ts';

const folder = 'docs/reference';
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const records = contracts.filter(({ name }) => !name.includes('dead-letters'));
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** One record of each topic from a real run. */
export function samples(): Samples {
  const dir = `${folder}/samples`;
  return Object.fromEntries(
    readdirSync(dir).map((file) => [file.replace(/\.json$/, ''), JSON.parse(readFileSync(`${dir}/${file}`, 'utf8'))]),
  );
}

/** The schemas of all records, by topic. */
export const schemasNow = (): Release => Object.fromEntries(records.map((one) => [one.name, recordSchema(one)]));

/** The schemas of every release, by its version. */
export function releases(): ReadonlyMap<string, Release> {
  const dir = `${folder}/released`;
  return new Map(
    readdirSync(dir).map((file) => [file.replace(/\.json$/, ''), JSON.parse(readFileSync(`${dir}/${file}`, 'utf8')) as Release]),
  );
}

/** Every route that a service answers. */
const allRoutes = [...edgeRoutes, ...trackingRoutes, ...internalRoutes];

/** Every generated file of the reference: its path and its content. */
export const referenceDocuments = (): ReadonlyMap<string, string> =>
  new Map([
    [`${folder}/asyncapi.json`, json(asyncApi(contracts, version))],
    [`${folder}/openapi.json`, json(openApi(allRoutes, version))],
    [`${folder}/topics.md`, catalogue(contracts, samples())],
    ...records.flatMap((one) => [
      [`${folder}/schemas/${one.name}.schema.json`, json(recordSchema(one))] as const,
      [`${folder}/schemas/${one.name}.avsc`, json(avroOf(one))] as const,
    ]),
  ]);
