import type { Route } from '#reference';

const json = 'application/json';
const of = (path: string, summary: string, answers: Route['answers']): Route => ({
  method: 'get',
  path,
  side: 'internal',
  service: 'each',
  summary,
  answers,
});
const ready: Route['answers'] = {
  200: { meaning: 'It can take traffic.', type: json, schema: { type: 'object' } },
  503: { meaning: 'It cannot; the body says why.', type: json, schema: { type: 'object' } },
};

/** What each service answers on its internal port. A test compares it with the router. */
export const internalRoutes: readonly Route[] = [
  of('/health', 'Whether the service can take traffic; the same as /health/ready.', ready),
  of('/health/ready', 'Whether the service can take traffic.', ready),
  of('/health/started', 'Whether environment, playbook and ports are in use.', {
    200: { meaning: 'They are.', type: json, schema: { type: 'object', properties: { status: { type: 'string' } } } },
    503: { meaning: 'The service still starts.', type: json, schema: { type: 'object' } },
  }),
  of('/health/live', 'Whether each task makes progress, whatever broker and database do.', {
    200: { meaning: 'Each does.', type: json, schema: { type: 'object', properties: { status: { type: 'string' } } } },
    503: { meaning: 'A task is stuck; the body names it.', type: json, schema: { type: 'object' } },
  }),
  of('/metrics', 'Metrics for Prometheus.', { 200: { meaning: 'All metrics of the process.', type: 'text/plain' } }),
  of('/status', 'Tasks, watermarks, and what was refused.', {
    200: {
      meaning: 'The state of the service.',
      type: json,
      schema: {
        type: 'object',
        properties: {
          service: { type: 'string' },
          prefix: { type: 'string' },
          notReady: { description: 'Why it cannot take traffic, or null.' },
          tasks: { type: 'array', items: { type: 'object' } },
          refused: { type: 'array', items: { type: 'object' } },
          unreadable: { type: 'array', items: { type: 'object' } },
          shared: { type: 'array', items: { type: 'object' } },
        },
        required: ['service', 'prefix', 'tasks', 'refused', 'unreadable', 'shared'],
      },
    },
  }),
  of('/openapi.json', 'The HTTP routes of this service, as OpenAPI 3.1.', {
    200: { meaning: 'The document.', type: json, schema: { type: 'object' } },
  }),
  of('/asyncapi.json', 'All topics of the installation, as AsyncAPI 3.0.', {
    200: { meaning: 'The document.', type: json, schema: { type: 'object' } },
  }),
  of('/reference', 'Routes and topics as a page for people.', { 200: { meaning: 'The page.', type: 'text/html' } }),
];
