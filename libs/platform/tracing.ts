import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Service } from '#contracts';
import { withoutPersonal } from '#facts';
import { traceparent, type Logger, type Span, type Tracer } from '#stream';
import { version } from '#version';
import type { BaseEnvironment } from './env.ts';
import { keyRing } from './key-ring.ts';
import { hashedPerson } from './log.ts';

/** Follows traces of this service, and begins them where calls come in. */
export interface Tracing extends Tracer {
  /**
   * Where the answer to a call stands, if its trace is to be followed: chance decides, so that no caller can ask for more. `header`: the
   * call's own `traceparent`, whose trace goes on.
   */
  begin(header: string | undefined): Pick<Span, 'place' | 'parent'> | undefined;
  /** Sends what is left, for a few seconds at most. */
  stop(): Promise<void>;
}

type TracingEnvironment = Pick<
  BaseEnvironment,
  'HITO_TRACES_URL' | 'HITO_TRACES_RATIO' | 'HITO_TRACES_HEADERS' | 'HITO_SIGNING_KEY' | 'HITO_LOG_KEYS'
>;

/** Spans that wait to be sent; what is beyond is dropped and the work goes on. */
const mostWaiting = 8_192;
const stopWithinMs = 3_000;

/**
 * Sends spans to a collector by OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/), or nothing where no HITO_TRACES_URL is
 * given; the libraries are loaded only then. Attributes hold no address, link or secret, and a person only as in the log.
 */
export async function tracingOf(service: Service, env: TracingEnvironment, logger: Logger): Promise<Tracing | undefined> {
  const { HITO_TRACES_URL: url, HITO_TRACES_RATIO: ratio, HITO_TRACES_HEADERS: headers = {} } = env;
  if (url === undefined) return undefined;
  const [{ OTLPTraceExporter }, { BatchSpanProcessor, RandomIdGenerator }, { resourceFromAttributes }, api] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/api'),
  ]);
  const { current } = keyRing('logs', env.HITO_SIGNING_KEY, env.HITO_LOG_KEYS);
  const resource = resourceFromAttributes({ 'service.namespace': 'hito', 'service.name': service, 'service.version': version() });
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: 10_000 });
  const ids = new RandomIdGenerator();
  const queue = new BatchSpanProcessor({
    exporter: told(exporter, logger),
    maxQueueSize: mostWaiting,
    maxExportBatchSize: 512,
    scheduledDelayMillis: 1_000,
  });
  const kinds = { server: api.SpanKind.SERVER, consumer: api.SpanKind.CONSUMER, client: api.SpanKind.CLIENT };
  const context = (traceId: string, spanId: string) => ({ traceId, spanId, traceFlags: api.TraceFlags.SAMPLED });

  const readable = ({ place, parent, name, kind, startedAt, endedAt, attributes, personId, failed }: Span): ReadableSpan => ({
    name,
    kind: kinds[kind],
    spanContext: () => context(place.traceId, place.spanId),
    ...(parent !== undefined && { parentSpanContext: context(place.traceId, parent) }),
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(Math.max(0, endedAt - startedAt)),
    status:
      failed === undefined
        ? { code: api.SpanStatusCode.UNSET }
        : { code: api.SpanStatusCode.ERROR, message: withoutPersonal(failed) },
    attributes: {
      ...Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, typeof value === 'string' ? withoutPersonal(value) : value]),
      ),
      ...(personId !== undefined && { 'hito.person': hashedPerson(current, personId) }),
    },
    ended: true,
    resource,
    instrumentationScope: { name: 'hito', version: version() },
    links: [],
    events: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  });

  return {
    begin(header) {
      if (Math.random() >= ratio) return undefined;
      const caller = traceparent(header);
      const spanId = ids.generateSpanId();
      return caller === undefined
        ? { place: { traceId: ids.generateTraceId(), spanId } }
        : { place: { traceId: caller.traceId, spanId }, parent: caller.spanId };
    },
    ended(span) {
      queue.onEnd(readable(span));
    },
    async stop() {
      // A collector that is away keeps nobody from stopping.
      await Promise.race([queue.shutdown().catch(() => undefined), sleep(stopWithinMs, undefined, { ref: false })]);
    },
  };
}

/** The exporter, whose failures are told once a minute: the collector's trouble is not the service's. */
function told(exporter: SpanExporter, logger: Logger): SpanExporter {
  let toldAt = -Infinity;
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined) {
          lost += spans.length;
          if (performance.now() - toldAt > 60_000) {
            toldAt = performance.now();
            logger.warn(
              { spans: lost, error: result.error.message },
              'Spans were lost: look at HITO_TRACES_URL and its collector',
            );
            lost = 0;
          }
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** Seconds and nanoseconds of epoch ms. */
function hrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
