import { readdirSync, readFileSync } from 'node:fs';
import { contracts, events, messages, milestones, outcomes, profiles, scores, stages } from '#contracts';
import { internalRoutes } from '#platform';
import {
  asyncApi,
  avroOf,
  catalogue,
  clickHouseTables,
  connectSchema,
  connectSinks,
  openApi,
  recordSchema,
  type Release,
  type Samples,
} from '#reference';
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

/** What data teams count: the other topics hold calls as they came, and devices. */
const forDataTeams = [events, profiles, scores, stages, milestones, messages, outcomes];

/** Every generated file of the reference: its path and its content. */
export const referenceDocuments = (): ReadonlyMap<string, string> =>
  new Map([
    [`${folder}/asyncapi.json`, json(asyncApi(contracts, version))],
    [`${folder}/openapi.json`, json(openApi(allRoutes, version))],
    ['deploy/clickhouse/topics.sql', clickHouseTables(forDataTeams)],
    ...[...connectSinks(outcomes)].map(([sink, config]) => [`deploy/connect/${sink}.json`, json(config)] as const),
    ...forDataTeams.map((one) => [`deploy/connect/schemas/${one.name}.json`, json(connectSchema(one))] as const),
    [`${folder}/topics.md`, catalogue(contracts, samples())],
    ...records.flatMap((one) => [
      [`${folder}/schemas/${one.name}.schema.json`, json(recordSchema(one))] as const,
      [`${folder}/schemas/${one.name}.avsc`, json(avroOf(one))] as const,
    ]),
  ]);
