import type { JsonSchema, Route } from '#reference';
import { routes } from './routes.ts';

const json = 'application/json';
const text = (description: string): JsonSchema => ({ type: 'string', description });
const anything = (description: string): JsonSchema => ({ type: 'object', description, additionalProperties: true });

const call = (type: string): JsonSchema => ({
  type: 'object',
  properties: {
    ...(type === 'batch' && { type: text('identify, track, page, screen, group or alias.') }),
    messageId: text('Unique per write key: what repeats it is dropped.'),
    userId: text('The id by which the platform knows the person.'),
    anonymousId: text('The id that the SDK made for the browser or device. One of both ids is needed.'),
    event: text('For track: the name of the event.'),
    previousId: text('For alias: the id known before.'),
    traits: anything('For identify: email, name, locale, timezone, consents and what else is known.'),
    properties: anything('For track, page and screen: properties of the event.'),
    context: anything('Context of the SDK.'),
    timestamp: text('When it happened, ISO 8601.'),
    sentAt: text('When the client sent it, by its own clock.'),
  },
  additionalProperties: true,
});
const batch: JsonSchema = {
  type: 'object',
  properties: { batch: { type: 'array', items: call('batch') }, writeKey: text('The write key, if no header has it.') },
  required: ['batch'],
};
const says: JsonSchema = {
  type: 'object',
  properties: { success: { type: 'boolean' }, message: { type: 'string' } },
  required: ['success'],
};

const answers: Route['answers'] = {
  200: { meaning: 'The broker has what could be used. Calls that cannot be used are dead letters.', type: json, schema: says },
  400: { meaning: 'The body is not JSON, is too large, or the path is none of these.', type: json, schema: says },
  401: { meaning: 'The write key is missing or unknown.', type: json, schema: says },
  408: { meaning: 'The body took too long.', type: json, schema: says },
  429: { meaning: 'Send it again later.', type: json, schema: says, headers: { 'Retry-After': 'Seconds to wait.' } },
};

const key = { writeKey: 'The write key, for clients that can set no header.' };
const taken = (path: string, routed: string, type: string, summary: string): Route[] => [
  {
    method: 'post',
    path,
    routed,
    side: 'public',
    service: 'ingestion',
    summary,
    query: key,
    body: { type: json, schema: type === 'batch' ? batch : call(type) },
    key: true,
    answers,
  },
  preflight(path, routed),
];
const preflight = (path: string, routed: string): Route => ({
  method: 'options',
  path,
  routed,
  side: 'public',
  service: 'ingestion',
  summary: 'The preflight of browsers (CORS).',
  answers: { 204: { meaning: 'The headers say what is allowed.' } },
});

const pixel = (type: string): Route => ({
  method: 'get',
  path: `/pixel/v1/${type}`,
  routed: '/pixel/v1/:route',
  side: 'public',
  service: 'ingestion',
  summary: `A ${type} call as the query of an image: anonymousId, event, properties.plan and so on.`,
  query: key,
  answers: { 200: { meaning: 'A transparent image, whatever becomes of the call.', type: 'image/gif' } },
});

const settings: Pick<Route, 'method' | 'side' | 'service' | 'answers'> = {
  method: 'get',
  side: 'public',
  service: 'ingestion',
  answers: {
    200: {
      meaning: 'There is such a source; it has no destinations of its own.',
      type: json,
      schema: anything('As the SDK reads it.'),
    },
    401: { meaning: 'The write key is missing or unknown.', type: json, schema: says },
  },
};

/** The public side of ingestion, for SDKs: each path that `/v1/:route` stands for, and what browser SDKs ask beside. */
export const edgeRoutes: readonly Route[] = [
  ...[...routes].flatMap(([path, type]) =>
    taken(
      `/v1/${path}`,
      '/v1/:route',
      type,
      path === type ? `Takes ${type} calls of Segment's HTTP API.` : `The same as /v1/${type}.`,
    ),
  ),
  ...taken('/beacon/v1/batch', '/beacon/v1/:route', 'batch', "The same as /v1/batch, for beacons of RudderStack's browser SDK."),
  pixel('track'),
  pixel('page'),
  {
    ...settings,
    path: '/v1/projects/{key}/settings',
    summary: "What Segment's browser SDK asks for before it sends.",
    parameters: { key: 'The write key.' },
  },
  {
    ...settings,
    path: '/sourceConfig',
    summary: "What RudderStack's browser SDK asks for before it sends.",
    query: key,
    key: true,
  },
  preflight('/sourceConfig', '/sourceConfig'),
];
