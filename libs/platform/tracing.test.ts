import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Logger, Span } from '#stream';
import { headerList } from './header-list.ts';
import { keyRing } from './key-ring.ts';
import { hashedPerson } from './log.ts';
import { tracingOf, type Tracing } from './tracing.ts';

const key = '0123456789abcdef';

interface Sent {
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    resourceSpans: { resource: { attributes: object[] }; scopeSpans: { spans: Record<string, unknown>[] }[] }[];
  };
}

/** What a collector gets, and what the log says, of a tracing that is worked with. */
async function collected(
  status: number,
  ratio: number,
  work: (tracing: Tracing) => void,
): Promise<{ sent: Sent[]; warned: object[] }> {
  const sent: Sent[] = [];
  const warned: object[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      sent.push({ headers: request.headers, body: JSON.parse(String(Buffer.concat(parts))) as Sent['body'] });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const tracing = (await tracingOf(
    'delivery',
    {
      HITO_TRACES_URL: `http://127.0.0.1:${String(port)}/v1/traces`,
      HITO_TRACES_RATIO: ratio,
      HITO_TRACES_HEADERS: { authorization: 'Bearer one' },
      HITO_SIGNING_KEY: key,
    },
    { warn: (fields: object) => warned.push(fields) } as unknown as Logger,
  )) as Tracing;
  work(tracing);
  await tracing.stop();
  server.close();
  server.closeAllConnections();
  return { sent, warned };
}

const span = (more: Partial<Span> = {}): Span => ({
  place: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' },
  parent: '00f067aa0ba902b7',
  name: 'sender mail',
  kind: 'client',
  startedAt: 1_764_000_000_123.25,
  endedAt: 1_764_000_001_000,
  attributes: { 'hito.attempt': 2, said: 'ana@one.example does not exist' },
  personId: 'ana',
  failed: 'no ana@one.example',
  ...more,
});

test('a collector gets each span, without an address and with a hash for the person', async () => {
  const { sent } = await collected(200, 1, (tracing) => {
    tracing.ended(span());
  });
  expect(sent).toHaveLength(1);
  expect(sent[0]?.headers['authorization']).toBe('Bearer one');
  const [{ resource, scopeSpans } = { resource: { attributes: [] }, scopeSpans: [] }] = sent[0]?.body.resourceSpans ?? [];
  expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'delivery' } });
  const [told] = scopeSpans[0]?.spans ?? [];
  expect(told).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '00f067aa0ba902b7',
    name: 'sender mail',
    kind: 3,
    startTimeUnixNano: '1764000000123250000',
    endTimeUnixNano: '1764000001000000000',
    status: { code: 2 },
  });
  expect(told?.['attributes']).toContainEqual({
    key: 'hito.person',
    value: { stringValue: hashedPerson(keyRing('logs', key).current, 'ana') },
  });
  expect(JSON.stringify(sent[0]?.body)).not.toMatch(/@one|"ana"/);
});

test('a collector that refuses spans is told in the log, and keeps nobody from stopping', async () => {
  const { warned } = await collected(400, 1, (tracing) => {
    tracing.ended(span());
  });
  expect(warned).toEqual([expect.objectContaining({ spans: 1 })]);
});

test('without an address of a collector there is no tracing', async () => {
  expect(await tracingOf('delivery', { HITO_TRACES_RATIO: 1, HITO_SIGNING_KEY: key }, {} as Logger)).toBeUndefined();
});

test('a call goes on with the trace of its caller, and chance alone decides whether it is followed', async () => {
  const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
  await collected(200, 1, (tracing) => {
    expect(tracing.begin(header)).toMatchObject({
      place: { traceId: '0af7651916cd43dd8448eb211c80319c' },
      parent: 'b7ad6b7169203331',
    });
    expect(tracing.begin('what')?.parent).toBeUndefined();
    expect(tracing.begin(undefined)?.place.traceId).toMatch(/^[0-9a-f]{32}$/);
  });
  await collected(200, 0, (tracing) => {
    expect(tracing.begin(header.replace(/00$/, '01'))).toBeUndefined();
  });
});

test.each([
  ['a=1,A=2', /each name once/],
  ['Host=other.example', /no host/],
  ['content-length=5', /no content-length/],
  ['transfer-encoding=chunked', /no transfer-encoding/],
  ['x=a%0d%0aauthorization: b', /name=value/],
  ['x=%00', /name=value/],
])('headers for a collector that would break its requests are refused: %s', (text, message) => {
  expect(headerList.safeParse(text).error?.issues[0]?.message).toMatch(message);
});

test('headers for a collector are read as OpenTelemetry writes them, or refused', () => {
  expect(headerList.parse('authorization=Bearer a%2Cb, x-team = blue')).toEqual({
    authorization: 'Bearer a,b',
    'x-team': 'blue',
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const read = headerList.safeParse(text);
      if (read.success) for (const name of Object.keys(read.data)) expect(name).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/);
      else expect(read.error.issues[0]?.message).toMatch(/^(a list of name=value|no |each name once)/);
    }),
  );
});
