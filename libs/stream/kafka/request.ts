import kafkajsEncoder from 'kafkajs/src/protocol/encoder.js';
import type { ByteWriter } from '../model/bytes.ts';

/** A request that is written already, in the form in which kafkajs sends it. */
export function requestOf(out: ByteWriter): kafkajsEncoder {
  const encoder = new kafkajsEncoder(0);
  encoder.buf = out.written;
  encoder.offset = out.length;
  return encoder;
}
