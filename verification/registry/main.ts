import { isDeepStrictEqual } from 'node:util';
import avro, { type Schema } from 'avsc';
import protobuf from 'protobufjs';
import { NotYet } from '../../services/ingestion/sources/formats/index.ts';
import { Schemas, type RegistryFormat } from '../../services/ingestion/sources/registry/schemas.ts';
import { framed } from '../../services/ingestion/testing/registry.ts';
import { apicurio } from './apicurio.ts';

/**
 * `npm run verify:registry`: reads values by the schemas of a registry that others made: Apicurio, or the one whose address (of the API
 * that Confluent's has) HITO_TRIAL_REGISTRY names. It registers subjects named hito-trial-…. Fails where a value comes out otherwise.
 */
const given = process.env['HITO_TRIAL_REGISTRY'];
const { url, stop } = given === undefined ? await apicurio() : { url: given, stop: () => Promise.resolve() };

interface Registered {
  readonly schema: string;
  readonly schemaType?: string;
  readonly references?: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

/** Registers a schema under a subject; gives its id. */
async function register(subject: string, schema: Registered): Promise<number> {
  const answer = await fetch(`${url}/subjects/hito-trial-${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(schema),
  });
  const body = (await answer.json()) as { id?: number };
  if (body.id === undefined) throw new Error(`${subject} was not registered: ${String(answer.status)} ${JSON.stringify(body)}`);
  return body.id;
}
const refersTo = (name: string, subject: string): NonNullable<Registered['references']> => [
  { name, subject: `hito-trial-${subject}`, version: 1 },
];

let failed = 0;
async function expectRead(what: string, format: RegistryFormat, value: Buffer, expected: unknown): Promise<void> {
  const read: unknown = await new Schemas({ url }, format).read(value).catch((error: unknown) => error);
  const same = isDeepStrictEqual(read, expected);
  if (!same) failed += 1;
  process.stdout.write(`${same ? 'ok' : 'NOT OK'}  ${what}${same ? '' : `: ${String(read)} ${JSON.stringify(read)}`}\n`);
}

const address = { type: 'record', name: 'Address', namespace: 'shop', fields: [{ name: 'city', type: 'string' }] } as const;
const person = (home: unknown): Schema =>
  ({ type: 'record', name: 'Person', namespace: 'shop', fields: [{ name: 'home', type: home }] }) as Schema;
const addressProto = 'syntax = "proto3";\npackage shop;\n\nmessage Address {\n  string city = 1;\n}\n';
const personProto =
  'syntax = "proto3";\npackage shop;\n\nimport "address.proto";\n\nmessage Other {\n  int32 n = 1;\n}\nmessage Person {\n  Address home = 1;\n  int64 count = 2;\n}\n';
const home = { home: { city: 'Jaca' } };
try {
  await register('address', { schema: JSON.stringify(address) });
  const ofAvro = await register('person', {
    schema: JSON.stringify(person('shop.Address')),
    references: refersTo('shop.Address', 'address'),
  });
  await expectRead(
    'Avro, with a schema that refers to another',
    'avro',
    framed(ofAvro, avro.Type.forSchema(person(address)).toBuffer(home)),
    home,
  );

  await register('address-proto', { schemaType: 'PROTOBUF', schema: addressProto });
  const ofProtobuf = await register('person-proto', {
    schemaType: 'PROTOBUF',
    schema: personProto,
    references: refersTo('address.proto', 'address-proto'),
  });
  const root = new protobuf.Root();
  protobuf.parse(addressProto, root);
  protobuf.parse(personProto, root);
  const payload = root
    .lookupType('shop.Person')
    .encode({ ...home, count: 5 })
    .finish();
  await expectRead('Protobuf, the second message, with an import', 'protobuf', framed(ofProtobuf, [2, 2], payload), {
    ...home,
    count: 5,
  });

  const ofJson = await register('person-json', {
    schemaType: 'JSON',
    schema: JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', required: ['home'] }),
  });
  await expectRead('JSON Schema', 'json-schema', framed(ofJson, Buffer.from(JSON.stringify(home))), home);

  const unknown: unknown = await new Schemas({ url }, 'avro').read(framed(999_999, [0])).catch((error: unknown) => error);
  if (!(unknown instanceof NotYet)) failed += 1;
  process.stdout.write(
    `${unknown instanceof NotYet ? 'ok' : 'NOT OK'}  an id that it does not know is waited for: ${String(unknown)}\n`,
  );
} finally {
  await stop();
}
if (failed > 0) {
  process.stdout.write(`${String(failed)} of 4 came out otherwise than they were written, by ${url}\n`);
  process.exitCode = 1;
}
