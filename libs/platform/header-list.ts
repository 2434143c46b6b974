import { z } from 'zod';
import { decoded } from './decoded.ts';

const header = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([!-~]+(?: [!-~]+)*)\s*$/;
/** What a value may hold once it is decoded: a line break would be a header more. */
const value = /^[\t -~]*$/;
/** Headers that the request sets itself, or that belong to its connection (RFC 9110, 7.6.1). */
const ours: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
  ...['host', 'content-length', 'content-type', 'content-encoding'],
]);

/**
 * Headers of requests as OpenTelemetry writes them in a variable: `name=value,other=value`, a comma in a value as `%2C`. Source:
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/.
 */
export const headerList = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const headers = new Map<string, string>();
  const refuse = (message: string): void => {
    context.addIssue({ code: 'custom', message });
  };
  for (const part of text.split(',')) {
    const [, name, written] = header.exec(part) ?? [];
    const read = written === undefined ? undefined : decoded(written);
    if (name === undefined || read === undefined || !value.test(read)) refuse('a list of name=value, separated by commas');
    else if (ours.has(name.toLowerCase())) refuse(`no ${name.toLowerCase()}: each request has its own`);
    else if (headers.has(name.toLowerCase())) refuse(`each name once, in whatever letters: ${name.toLowerCase()}`);
    else headers.set(name.toLowerCase(), read);
  }
  return Object.fromEntries(headers);
});
