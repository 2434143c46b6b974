import kafkajs, { type Mechanism } from 'kafkajs';
import type { ClientCredentials } from '../model/runtime.types.ts';
import { bearer } from './bearer.ts';

/**
 * The log-in by SASL OAUTHBEARER (RFC 7628) with a token by client credentials. kafkajs' own takes a broker's refusal for a success: what
 * follows then fails without a reason. This one rejects with what the broker says of the token; nothing of the token is in the message.
 */
export function bearerLogin(credentials: ClientCredentials): Mechanism {
  const token = bearer(credentials);
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ host, port, saslAuthenticate }) => ({
      async authenticate() {
        const { value } = await token();
        const refusal = await saslAuthenticate({
          request: { encode: () => sized(`n,,\u0001auth=Bearer ${value}\u0001\u0001`) },
          response: { decode: (bytes) => bytes, parse: (bytes) => bytes.subarray(4).toString() },
        });
        if (refusal !== undefined && refusal !== '')
          throw new kafkajs.KafkaJSNonRetriableError(
            `The broker ${host}:${String(port)} refuses the token of ${credentials.tokenUrl}: ${refusal}. Authentication failed; check the scope and what the broker asks of tokens.`,
          );
      },
    }),
  };
}

/** Bytes behind their length, as Kafka's protocol has them. */
function sized(text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(Buffer.byteLength(text));
  return Buffer.concat([size, Buffer.from(text)]);
}
