import { z } from 'zod';
import { decoded } from './decoded.ts';

const header = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([!-~]+(?: [!-~]+)*)\s*$/;

/**
 * Headers of requests as OpenTelemetry writes them in a variable: `name=value,other=value`, a comma in a value as `%2C`. Source:
 * https://opentelemetry.io/docs/specs/otel/protocol/exporter/.
 */
export const headerList = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const headers: [string, string][] = [];
  for (const part of text.split(',')) {
    const [, name, value] = header.exec(part) ?? [];
    if (name === undefined || value === undefined)
      context.addIssue({ code: 'custom', message: 'a list of name=value, separated by commas' });
    else headers.push([name, decoded(value)]);
  }
  return Object.fromEntries(headers);
});
