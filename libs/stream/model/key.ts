/** An index entry of the database has to hold it. */
const maxKeyBytes = 1_000;

// eslint-disable-next-line no-control-regex -- these two are what the database and the lists sent to it cannot hold
const unstorable = /[\u0000\u001e]/;

/** Why a record of this key cannot be taken, whatever its value says. */
export function unusable(key: string | null): string | undefined {
  if (key === null || key === '') return 'no key: the key names the person';
  if (key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes)
    return `a key of ${String(Buffer.byteLength(key))} bytes; at most ${String(maxKeyBytes)}`;
  if (unstorable.test(key)) return 'the key holds a control character (U+0000 or U+001E) that cannot be stored';
  return undefined;
}
