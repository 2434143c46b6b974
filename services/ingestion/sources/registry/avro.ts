import avro, { type Schema, type Type } from 'avsc';
import { plain, whole } from './plain.ts';
import type { Reader, Referenced } from './reader.ts';

/** avsc refuses whole numbers that a number cannot hold: they are read as bigint, and become text where they have to. */
const long = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => whole(bytes.readBigInt64LE()),
  toBuffer: (value: number | string) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: Number,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'number' || typeof value === 'string',
  compare: (a: number, b: number) => a - b,
});

/** Reads Avro's binary form. A union of several numbers or records names its branch: `{"long": 5}`. */
export function avroReader(text: string, references: readonly Referenced[]): Reader {
  const registry: Record<string, Type> = {};
  const typeOf = (schema: string): Type =>
    avro.Type.forSchema(JSON.parse(schema) as Schema, {
      registry,
      // A list of nothings takes no bytes, and may say that it is of any length.
      typeHook: (given) => {
        if (given === 'long') return long;
        const { type, items } = given as { type?: unknown; items?: unknown };
        if (type === 'array' && items === 'null') throw new TypeError('a list of nulls has no bound');
        return type === 'long' ? long : undefined;
      },
    });
  for (const reference of references) typeOf(reference.text);
  const type = typeOf(text);
  return (payload) => plain(type.fromBuffer(payload));
}
