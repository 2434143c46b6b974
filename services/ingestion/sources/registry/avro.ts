import avro, { type Schema, type Type } from 'avsc';
import { mostValues } from '../formats/format.ts';
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

/** What avsc reads bytes with. */
interface Tap {
  readonly buf: Buffer;
  readonly pos: number;
  readLong(): number;
  skipLong(): void;
  readString(): string;
}
/** Reads the next value of a type. */
const read = (type: Type, tap: Tap): unknown => (type as unknown as { _read(tap: Tap): unknown })._read(tap);

/**
 * Lists and maps. avsc believes the count that a value says it has, and makes that many items before it looks whether there are bytes for
 * them: five bytes would take all memory. These ask `more` before each item.
 */
function boundedBy(more: (tap: Tap) => void) {
  const each = (tap: Tap, take: () => void): void => {
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      // A count below zero is followed by the size of its block in bytes.
      if (count < 0) tap.skipLong();
      for (let left = Math.abs(count); left > 0; left--) {
        more(tap);
        take();
      }
    }
  };
  class BoundedArray extends avro.types.ArrayType {
    _read(tap: Tap): unknown[] {
      const items: unknown[] = [];
      each(tap, () => items.push(read(this.itemsType, tap)));
      return items;
    }
  }
  class BoundedMap extends avro.types.MapType {
    _read(tap: Tap): object {
      const entries: [string, unknown][] = [];
      each(tap, () => entries.push([tap.readString(), read(this.valuesType as Type, tap)]));
      return Object.fromEntries(entries);
    }
  }
  return (schema: Schema, options: object): Type | undefined => {
    const { type } = schema as { type?: unknown };
    return type === 'array' ? new BoundedArray(schema, options) : type === 'map' ? new BoundedMap(schema, options) : undefined;
  };
}

/** Reads Avro's binary form. A union of several numbers or records names its branch: `{"long": 5}`. */
export function avroReader(text: string, references: readonly Referenced[]): Reader {
  const registry: Record<string, Type> = {};
  let items = 0;
  const more = ({ pos, buf }: Tap): void => {
    if (++items > mostValues) throw new RangeError(`its lists hold more than ${String(mostValues)} values`);
    if (pos > buf.length) throw new RangeError('it ends before its lists do');
  };
  const bounded = boundedBy(more);
  const typeOf = (schema: string): Type =>
    avro.Type.forSchema(JSON.parse(schema) as Schema, {
      registry,
      typeHook: (given, options) => {
        if (given === 'long' || (given as { type?: unknown }).type === 'long') return long;
        return bounded(given, options);
      },
    });
  for (const reference of references) typeOf(reference.text);
  const type = typeOf(text);
  return (payload) => {
    items = 0;
    return plain(type.fromBuffer(payload));
  };
}
