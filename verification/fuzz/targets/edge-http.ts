import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { collected } from '#contracts';
import { Edge, key } from '../../../services/ingestion/testing/edge.ts';
import { anyJson, anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

/** The edge over a log in memory, started by the first input; it does not keep the process alive. */
let started: Promise<Edge> | undefined;
const running = (): Promise<Edge> => (started ??= Edge.start().then((edge) => edge.unref()));

const packing = fc.constantFrom<(bytes: Buffer) => Buffer>(
  (bytes) => bytes,
  gzipSync,
  (bytes) => gzipSync(gzipSync(bytes)),
  (bytes) => gzipSync(bytes).subarray(0, -9),
  (bytes) => Buffer.concat([gzipSync(bytes), gzipSync(bytes)]),
  deflateSync,
  brotliCompressSync,
  (bytes) => Buffer.concat([Buffer.from([0x1f, 0x8b]), bytes]),
  (bytes) => Buffer.from(bytes.toString('utf8'), 'utf16le'),
);
const call = fc.record({
  type: fc.constantFrom('track', 'identify', 'x'),
  userId: anyUnits,
  event: anyUnits,
  properties: anyJson,
  traits: anyJson,
});
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .oneof(
      anyJson,
      call,
      fc.array(call, { maxLength: 4 }).map((batch) => ({ batch })),
    )
    .map((value) => Buffer.from(JSON.stringify(value))),
);
/** Text that may stand in a request line or a header: no line ends, which would make another request. */
const oneLine = (most: number) =>
  fc
    .oneof(anyUnits, fc.string({ unit: 'binary', maxLength: 80 }))
    .map((text) => text.replaceAll(/[\r\n]/g, '').substring(0, most));
const path = fc.oneof(
  fc.constantFrom(
    '/v1/track',
    '/v1/identify',
    '/v1/batch',
    '/v1/b',
    '/v1/import',
    '/v1/m',
    '/beacon/v1/batch',
    `/v1/t?writeKey=${key}`,
  ),
  fc.constantFrom('/pixel/v1/track', '/pixel/v1/page', '/sourceConfig', `/v1/projects/${key}/settings`),
  oneLine(100).map((text) => `/v1/${encodeURIComponent(text.toWellFormed())}`),
  oneLine(60).map((text) => `/v1/${text.replaceAll(/\s/g, '')}`),
  fc.tuple(oneLine(60), oneLine(60)).map(([name, value]) => {
    const query = new URLSearchParams([
      [name, value],
      ['writeKey', key],
      ['anonymousId', 'a'],
      ['event', value],
    ]);
    return `/pixel/v1/track?${query.toString()}`;
  }),
);
const header = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      'Content-Type',
      'Content-Encoding',
      'Authorization',
      'Host',
      'Origin',
      'X-Forwarded-For',
      'Expect',
      'Access-Control-Request-Headers',
    ),
    oneLine(80),
  ),
  fc.tuple(
    fc.constant('Content-Encoding'),
    fc.constantFrom('gzip', 'br', 'deflate', 'gzip, gzip', 'identity', 'zstd', 'x-unknown', ''),
  ),
  fc.tuple(
    fc.constant('Content-Type'),
    fc.constantFrom(
      'application/json; charset=utf-16',
      'text/plain;;;',
      'multipart/form-data',
      '*/*',
      'application/x-www-form-urlencoded',
    ),
  ),
  fc.tuple(
    fc.constant('X-Long'),
    fc.nat(20_000).map((length) => 'x'.repeat(length)),
  ),
  fc.constant<[string, string]>(['Authorization', `Basic ${Buffer.from(`${key}:`).toString('base64')}`]),
);
const request = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'OPTIONS', 'HEAD', 'PUT'),
  path,
  headers: fc.array(header, { maxLength: 6 }),
  body,
  packed: packing,
});

/** The answer's status line; empty where the connection was closed without one. */
function answerTo(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(8_000, () => {
      socket.destroy();
      reject(new Error(`no answer within 8 s; so far ${JSON.stringify(got)}`));
    });
    socket.on('data', (chunk) => (got += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(got.split('\r\n')[0] ?? '');
    });
  });
}

/** A call of the next client. */
const plain = Buffer.from(
  `POST /v1/track?writeKey=${key} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 29\r\n\r\n{"userId":"u1","event":"Nxt"}`,
);

/** No refusal of a call that could come later: 3xx, 413, 5xx never. 404 is for paths of nobody. */
const allowed = /^HTTP\/1\.1 (?:200|204|400|401|404|408|417|429|431) /;

/** Whatever bytes a client sends, each request has one of a few answers, what is taken fits its contract, and the edge serves the next client. */
export const edgeHttp = target(
  'edge/http',
  fc.asyncProperty(request, async ({ method, path: where, headers, body: content, packed }) => {
    const edge = await running();
    edge.log.records.length = 0;
    const bytes = packed(content);
    const lines = [...headers, ['Host', 'shop.example'], ['Connection', 'close'], ['Content-Length', String(bytes.length)]];
    const head = `${method} ${where} HTTP/1.1\r\n${lines.map(([name = '', value = '']) => `${name}: ${value}\r\n`).join('')}\r\n`;
    const status = await answerTo(edge.port, Buffer.concat([Buffer.from(head, 'latin1'), bytes]));
    if (!allowed.test(status)) throw new Error(`answered ${JSON.stringify(status)}`);
    for (const value of edge.log.calls) collected.schema.parse(JSON.parse(JSON.stringify(value)));
    return (await answerTo(edge.port, plain)).startsWith('HTTP/1.1 200 ');
  }),
);
