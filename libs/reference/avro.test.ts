import { expect, test } from '@jest/globals';
import avsc from 'avsc';
import { readdirSync, readFileSync } from 'node:fs';
import { contracts } from '#contracts';
import { avroOf, type Avro } from './avro.ts';

const samplesIn = 'docs/reference/samples';
const records = contracts.filter(({ name }) => !name.includes('dead-letters'));
const parts = (avro: Avro): Record<string, unknown> =>
  typeof avro === 'string' ? { type: avro } : (avro as Record<string, unknown>);

/** A record as the Avro schema wants it: absent is null, and what may hold anything is JSON. */
function written(avro: Avro, value: unknown): unknown {
  if (Array.isArray(avro)) return value === undefined ? null : written(avro[1] as Avro, value);
  const { type, fields, items, values, 'x-json': isJson } = parts(avro);
  if (isJson === true) return JSON.stringify(value);
  if (type === 'record')
    return Object.fromEntries(
      (fields as { name: string; type: Avro }[]).map((one) => [
        one.name,
        written(one.type, (value as Record<string, unknown>)[one.name]),
      ]),
    );
  if (type === 'array') return (value as unknown[]).map((one) => written(items as Avro, one));
  if (type === 'map')
    return Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, written(values as Avro, one)]));
  return value;
}

/** The same back. */
function read(avro: Avro, value: unknown): unknown {
  if (Array.isArray(avro)) return value === null ? undefined : read(avro[1] as Avro, value);
  const { type, fields, items, values, 'x-json': isJson } = parts(avro);
  if (isJson === true) return JSON.parse(value as string) as unknown;
  if (type === 'record')
    return Object.fromEntries(
      (fields as { name: string; type: Avro }[])
        .map((one) => [one.name, read(one.type, (value as Record<string, unknown>)[one.name])] as const)
        .filter(([, one]) => one !== undefined),
    );
  if (type === 'array') return (value as unknown[]).map((one) => read(items as Avro, one));
  if (type === 'map')
    return Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, read(values as Avro, one)]));
  return value;
}

test.each(records.map((one) => [one.name, one] as const))(
  'a real record of %s goes through Avro and back unchanged',
  (name, contract) => {
    expect(readdirSync(samplesIn)).toContain(`${name}.json`);
    const sample = JSON.parse(readFileSync(`${samplesIn}/${name}.json`, 'utf8')) as unknown;
    const schema = avroOf(contract);
    const type = avsc.Type.forSchema(schema as avsc.Schema);
    const bytes = type.toBuffer(written(schema, sample));
    expect(read(schema, JSON.parse(JSON.stringify(type.fromBuffer(bytes))))).toEqual(sample);
  },
);
