import 'reflect-metadata';
import { afterEach, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import type { INestApplication, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { readFileSync } from 'node:fs';
import { internalRoutes } from '#platform';
import { routedAs, type Route } from '#reference';
import { internalControllers } from '../libs/platform/internal-side.ts';
import { ClickController } from '../services/delivery/tracking/click.controller.ts';
import { trackingRoutes } from '../services/delivery/tracking/described-routes.ts';
import { tracking } from '../services/delivery/tracking/tracking.module.ts';
import { edgeRoutes } from '../services/ingestion/edge/described-routes.ts';
import { ingestion } from '../services/ingestion/ingestion.module.ts';

let app: INestApplication | undefined;
afterEach(() => app?.close());

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** The routes that Nest's router has for these controllers: `GET /status`. What a controller needs is stood for by nothing. */
async function routed(controllers: readonly Type[]): Promise<string[]> {
  const module = await Test.createTestingModule({ controllers: [...controllers] })
    .useMocker(() => ({}))
    .compile();
  app = module.createNestApplication({ logger: false, bodyParser: false });
  await app.init();
  const { router } = app.getHttpAdapter().getInstance() as { router: { stack: readonly Layer[] } };
  return router.stack.flatMap(({ route }) =>
    route === undefined ? [] : Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`),
  );
}

const described = (routes: readonly Route[]): string[] => [...new Set(routes.map(routedAs))].sort();

test.each([
  ['ingestion', ingestion.module?.controllers ?? [], edgeRoutes],
  ['delivery', tracking.controllers, trackingRoutes],
  ['the internal port', internalControllers, internalRoutes],
])('every route of %s is described and every described one exists', async (_, controllers, routes) => {
  expect((await routed(controllers)).sort()).toEqual(described(routes));
});

test('a route without a description is seen', async () => {
  expect(described(trackingRoutes)).toEqual(expect.arrayContaining(await routed([ClickController])));
  expect(described([])).not.toEqual(await routed([ClickController]));
});

test('openapi.json is valid OpenAPI 3.1', async () => {
  const document = JSON.parse(readFileSync('docs/reference/openapi.json', 'utf8')) as Record<string, unknown>;
  expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  expect(await new Validator().validate({ ...document, paths: { '/x': { get: { responses: 1 } } } })).toMatchObject({
    valid: false,
  });
});
