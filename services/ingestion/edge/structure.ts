/**
 * Most values of a body: 2,500 calls of a hundred each. Measured with Node 24 on one core, `JSON.parse` then takes 25 ms for such calls,
 * 42 ms for brackets alone, and 245 ms at worst (one object of 249,000 different keys).
 */
const maxValues = 250_000;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openList = 0x5b;
const openObject = 0x7b;

/**
 * Whether a JSON text has at most so many values: commas and opening brackets outside of strings. It reads bytes and allocates
 * nothing, so that a body of five million brackets costs milliseconds and not a second of `JSON.parse`. What is no JSON is
 * counted just the same.
 */
export function fewValues(json: Uint8Array, atMost = maxValues): boolean {
  let values = 0;
  let inside = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (inside) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inside = false;
    } else if (byte === quote) inside = true;
    else if (byte === comma || byte === openList || byte === openObject) values += 1;
  }
  return values <= atMost;
}
