import { buffer } from 'node:stream/consumers';
import { isoInstant } from '#facts';
import { loadPlaybook } from '#playbook';
import { readVariables } from '#platform';
import { ingestionVariables } from '../../../services/ingestion/environment.ts';
import { registryOf, type Clusters } from '../../../services/ingestion/sources/clusters.ts';
import { NotYet } from '../../../services/ingestion/sources/formats/index.ts';
import { needsRegistry } from '../../../services/ingestion/sources/registry/schemas.ts';
import { Taker } from '../../../services/ingestion/sources/take.ts';
import { Refusal } from '../explain.ts';
import { loadFiles } from '../installation-files.ts';
import { printableJson } from '../printable.ts';

export interface SourceTryOptions {
  readonly source: string;
  readonly key?: string;
  /** `name=value`. */
  readonly header?: readonly string[];
  readonly timestamp?: string;
  /** Prints `record.value` before the event. */
  readonly value?: true;
}

/** Prints the event that comes of the record whose value is the standard input. Throws Refusal with the reason where there is none. */
export async function sourceTry(
  file: string,
  { source: name, key, header = [], timestamp, value: showRecord }: SourceTryOptions,
): Promise<void> {
  const playbook = loadPlaybook(file);
  const source = playbook.sources.find((one) => one.name === name);
  if (source === undefined)
    throw new Refusal(
      `There is no source ${name} in ${file}. It has ${playbook.sources.map((one) => one.name).join(', ') || 'none'}.`,
    );
  const at = timestamp === undefined ? Date.now() : isoInstant(timestamp);
  if (Number.isNaN(at)) throw new Refusal('--timestamp is an instant such as 2026-01-31T10:00:00Z.');
  const value = await buffer(process.stdin);
  // What a shell adds to a line is no part of a record.
  const bytes = !needsRegistry(source.format) && value.at(-1) === 0x0a ? value.subarray(0, -1) : value;
  const record = { offset: 0, key: key ?? null, value: bytes, headers: headersOf(header), timestamp: at };
  const place = { topic: source.topics[0] ?? '', partition: 0, generation: 0 };
  const registry = needsRegistry(source.format) ? registryOf(source, clustersKnown()) : undefined;
  const { outcome, value: decoded } = await new Taker(source, playbook, 1, registry)
    .judge(record, place, Date.now())
    .catch((error: unknown) => {
      throw error instanceof NotYet ? new Refusal(`No event: ${error.message}`) : error;
    });
  if (showRecord === true) process.stdout.write(`${printableJson(decoded ?? null, 2)}\n`);
  if (outcome.accepted === 'passed') process.stdout.write('The source passes this record over: no event comes of it.\n');
  else if (outcome.accepted) process.stdout.write(`${printableJson(outcome.value, 2)}\n`);
  else throw new Refusal(`No event: ${outcome.kind}. ${outcome.reason}`);
}

/** Only a format with a registry asks for the clusters: others are tried without any setting. */
function clustersKnown(): Clusters {
  loadFiles();
  const { HITO_SOURCE_CLUSTERS } = ingestionVariables;
  return readVariables('hito source try', { HITO_SOURCE_CLUSTERS }).HITO_SOURCE_CLUSTERS ?? new Map();
}

function headersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((header) => {
      const [name = '', ...value] = header.split('=');
      if (name === '' || value.length === 0) throw new Refusal('--header is name=value, e.g. --header ce_type=shop.order');
      return [name, value.join('=')];
    }),
  );
}
