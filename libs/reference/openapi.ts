import type { JsonSchema } from './json-schema.ts';

/** An answer of a route; without a `type` it has no body. */
export interface RouteAnswer {
  readonly meaning: string;
  readonly type?: string;
  readonly schema?: JsonSchema;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation of HTTP, as an outsider must know it. */
export interface Route {
  readonly method: 'get' | 'post' | 'options';
  /** As OpenAPI writes it: `/t/c/{token}`. */
  readonly path: string;
  /** As the router has it, where one route of it stands for several paths: `/v1/:route`. */
  readonly routed?: string;
  /** public: for SDKs and recipients; internal: for operators, on a port of its own that nobody else may reach. */
  readonly side: 'public' | 'internal';
  /** The service that answers it, or `each`. */
  readonly service: string;
  readonly summary: string;
  /** The meaning of each part of the path. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly schema: JsonSchema };
  /** Needs a write key. */
  readonly key?: boolean;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
}

/** Routes as an OpenAPI 3.1 document. `version`: of Hito. */
export function openApi(routes: readonly Route[], version: string): object {
  const paths = Object.groupBy(routes, ({ path }) => path) as Record<string, Route[]>;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hito: HTTP',
      version,
      description:
        'Public routes are for SDKs and recipients. Internal ones have a port of their own (`HITO_INTERNAL_PORT`) and ask for no key: keep that port inside.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, methods]) => [
        path,
        Object.fromEntries(methods.map((one) => [one.method, operation(one)])),
      ]),
    ),
    components: {
      securitySchemes: {
        writeKey: { type: 'http', scheme: 'basic', description: 'The write key as user name, with an empty password.' },
      },
    },
  };
}

/** How the router names the route: `GET /t/c/:token`. */
export const routedAs = ({ method, path, routed }: Route): string =>
  `${method.toUpperCase()} ${routed ?? path.replaceAll(/\{(\w+)\}/g, ':$1')}`;

function operation({
  method,
  path,
  side,
  service,
  summary,
  parameters = {},
  query = {},
  body,
  key = false,
  answers,
}: Route): object {
  const text =
    (place: 'path' | 'query') =>
    ([name, description]: [string, string]) => ({
      name,
      in: place,
      required: place === 'path',
      description,
      schema: { type: 'string' },
    });
  return {
    operationId: `${method}${path.replaceAll(/[^a-zA-Z]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [side, service],
    summary,
    parameters: [...Object.entries(parameters).map(text('path')), ...Object.entries(query).map(text('query'))],
    ...(body !== undefined && { requestBody: { required: true, content: { [body.type]: { schema: body.schema } } } }),
    security: key ? [{ writeKey: [] }] : [],
    responses: Object.fromEntries(Object.entries(answers).map(([status, one]) => [status, response(one)])),
  };
}

const response = ({ meaning, type, schema = {}, headers }: RouteAnswer): object => ({
  description: meaning,
  ...(type !== undefined && { content: { [type]: { schema } } }),
  ...(headers !== undefined && {
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
    ),
  }),
});
