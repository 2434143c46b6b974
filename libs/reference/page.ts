import { fieldsOf, typeOf, type JsonSchema } from './json-schema.ts';
import type { Route } from './openapi.ts';

/** A topic of the page: its name on the broker, its meaning and the schema of its records. */
export interface PageTopic {
  readonly name: string;
  readonly meaning: string;
  readonly schema: JsonSchema;
}

/** The hash-free policy of the page: it loads nothing from anywhere, and no script runs in it. */
export const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/** The routes and topics as one page of HTML for people, without script. */
export const referencePage = (service: string, routes: readonly Route[], topics: readonly PageTopic[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Hito reference: ${escaped(service)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}code{overflow-wrap:anywhere}</style></head>
<body><main><h1>Hito reference: ${escaped(service)}</h1>
<p>For programs: <a href="/openapi.json">openapi.json</a>, <a href="/asyncapi.json">asyncapi.json</a>.</p>
<h2>HTTP</h2>${table(
  ['route', 'side', 'meaning', 'answers'],
  routes.map(({ method, path, side, summary, answers }) => [
    `<code>${method.toUpperCase()} ${escaped(path)}</code>`,
    side,
    escaped(summary),
    Object.entries(answers)
      .map(([status, { meaning }]) => `${status}: ${escaped(meaning)}`)
      .join('<br>'),
  ]),
)}
<h2>Topics</h2>${topics.map(section).join('\n')}
</main></body></html>
`;

const section = ({ name, meaning, schema }: PageTopic): string =>
  `<details><summary><code>${escaped(name)}</code> ${escaped(meaning)}</summary>${table(
    ['field', 'type', 'personal data', 'meaning'],
    fieldsOf(schema).map((field) => [
      `<code>${escaped(field.path)}</code>`,
      `${escaped(typeOf(field.schema))}${field.required ? '' : ', optional'}`,
      escaped(field.schema['x-personal'] ?? ''),
      escaped(field.schema.description ?? ''),
    ]),
  )}</details>`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><thead><tr>${head.map((one) => `<th scope="col">${one}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((one) => `<td>${one}</td>`).join('')}</tr>`)
    .join('')}</tbody></table>`;

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => signs[sign] ?? sign);
