import protobuf from 'protobufjs';
import { mostValues } from '../formats/format.ts';
import { plain } from './plain.ts';
import type { Reader, Referenced } from './reader.ts';

/** Reads Protobuf's binary form, fields by the names of the .proto file. A field that is not there has its default. */
export function protobufReader(text: string, references: readonly Referenced[]): Reader {
  const root = new protobuf.Root();
  const options = { keepCase: true };
  const given = new Set(references.map(({ name }) => name));
  const parse = (source: string): protobuf.IParserResult => {
    const parsed = protobuf.parse(source, root, options);
    for (const name of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) {
      const common = protobuf.common.get(name)?.nested;
      if (!given.has(name) && common === undefined) throw new TypeError(`it imports ${name}, which the registry does not name`);
      if (!given.has(name) && common !== undefined) root.addJSON(common);
    }
    return parsed;
  };
  for (const reference of references) parse(reference.text);
  const { package: name } = parse(text);
  root.resolveAll();
  // Others may have messages in the same package: the file's own are counted in the order in which it has them.
  const own = protobuf.parse(text, new protobuf.Root(), options).root;
  const places = (name === undefined ? own : own.lookup(name)) as protobuf.NamespaceBase;
  return (payload) => {
    const reader = protobuf.Reader.create(payload);
    const message = messageAt(places, indexes(reader));
    const type = root.lookupType(message.fullName);
    const decoded = type.decode(reader.buf.subarray(reader.pos));
    if (!few(decoded, mostValues)) throw new RangeError(`with its defaults it holds more than ${String(mostValues)} values`);
    return plain(type.toObject(decoded, { enums: String, defaults: true }));
  };
}

/** A message without bytes has a default for each of its fields: so all fields count before any object is made of them. */
function few(decoded: protobuf.Message, most: number): boolean {
  const waiting: unknown[] = [decoded];
  for (let left = most; waiting.length > 0;) {
    const one = waiting.pop();
    left -= one instanceof protobuf.Message ? one.$type.fieldsArray.length : 1;
    if (left < 0 || waiting.length > most) return false;
    for (const inner of parts(one)) waiting.push(inner);
  }
  return true;
}

/** What a message, a list or a map consists of; a whole number of 64 bits and bytes are one value. */
const parts = (one: unknown): readonly unknown[] =>
  Array.isArray(one)
    ? (one as unknown[])
    : typeof one === 'object' &&
        one !== null &&
        (one instanceof protobuf.Message || Object.getPrototypeOf(one) === Object.prototype)
      ? Object.values(one)
      : [];

/** Which message of the file it is: places from the outermost to the innermost, as zigzag numbers behind their count; 0 is [0]. */
function indexes(reader: protobuf.Reader): number[] {
  const count = reader.sint32();
  if (count < 0 || count > 32) throw new RangeError(`it names a message by ${String(count)} places`);
  return count === 0 ? [0] : Array.from({ length: count }, () => reader.sint32());
}

function messageAt(start: protobuf.NamespaceBase, places: readonly number[]): protobuf.Type {
  let here: protobuf.NamespaceBase = start;
  for (const place of places) {
    const next: protobuf.Type | undefined = here.nestedArray.filter((one) => one instanceof protobuf.Type)[place];
    if (next === undefined) throw new RangeError(`its schema has no message at place ${places.join('.')}`);
    here = next;
  }
  return here as protobuf.Type;
}
