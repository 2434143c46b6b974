import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { cut } from '#facts';

/** How a schema registry is reached: Confluent's, or one that speaks its API (Karapace, Apicurio's ccompat). */
export interface RegistryOptions {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The authority's certificate (PEM). */
  readonly ca?: string | undefined;
}

/** A schema, with the others that it refers to, by the name under which it does. Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html */
export interface RegistrySchema {
  readonly type: string;
  readonly text: string;
  readonly references: readonly { readonly name: string; readonly subject: string; readonly version: number }[];
}

/** The registry says that it has no such schema. */
export class NoSchema extends Error {
  override readonly name = 'NoSchema';
}

/** Bounds of one answer: ms, and bytes. */
const withinMs = 5_000;
const mostBytes = 1_048_576;
/** Codes of an answer that says "not found" of a schema, a subject or a version; any other 404 is that of a wrong address. */
const notFound: ReadonlySet<unknown> = new Set([40401, 40402, 40403]);

/** Asks for a schema by its path. Rejects with NoSchema, or while the registry is away or refuses; no password is in the message. */
export async function schemaAt({ url, username, password, ca }: RegistryOptions, path: string): Promise<RegistrySchema> {
  const address = new URL(`${url.replace(/\/+$/, '')}${path}`);
  const where = `the schema registry ${address.host}`;
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(new Error(`${where} does not answer: ${error.message}`));
    };
    const options = {
      headers: { accept: 'application/vnd.schemaregistry.v1+json, application/json' },
      signal: AbortSignal.timeout(withinMs),
      ...(username !== undefined && { auth: `${username}:${password ?? ''}` }),
      ...(ca !== undefined && { ca }),
    };
    const asked = (address.protocol === 'https:' ? https : http)(address, options, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('error', failed);
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > mostBytes) answer.destroy(new Error(`its answer has more than ${String(mostBytes)} bytes`));
      });
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
      });
    });
    asked.on('error', failed);
    asked.end();
  });
  const answer = jsonOf(body);
  if (status === 404 && notFound.has(answer?.['error_code'])) throw new NoSchema(`${where} has no ${path}`);
  const text = answer?.['schema'];
  if (status !== 200 || typeof text !== 'string')
    throw new Error(`${where} answers ${cut(path, 200)} by ${String(status)}, not by a schema: look at its address and log-in`);
  const { schemaType: type = 'AVRO' } = answer ?? {};
  return { type: typeof type === 'string' ? type : '(no text)', text, references: referencesOf(answer?.['references']) };
}

function jsonOf(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>;
  } catch {
    // The caller tells what came instead of JSON, by its status.
    return undefined;
  }
}

const referencesOf = (given: unknown): RegistrySchema['references'] =>
  Array.isArray(given) ? (given as RegistrySchema['references']) : [];
