import type { IncomingMessage } from 'node:http';
import { cut, wellFormed } from '#facts';
import { networkOf, type Tracing } from '#platform';
import { placeIn, placeText, traceHeader, type Logger } from '#stream';
import type { Collector, Judged } from '../collector.ts';
import type { Arrival } from '../domain/collect.ts';
import { callsOf } from '../domain/envelope.ts';
import type { Json } from '../domain/fields.ts';
import type { BodyRefusal } from '../domain/refusals.ts';
import type { Admission, Place } from './admission.ts';
import { readBody, type Body, type BodyLimits, type BodyProblem } from './body.ts';
import type { LetterRate } from './letter-rate.ts';
import type { LiveGate } from './live-gate.ts';
import type { RefusalReport } from './refusal-report.ts';
import { routes } from './routes.ts';
import { basicKey, presentedKey, type WriteKeys } from './write-keys.ts';

/** What a client is told. `retryAfter` in seconds: come back with the same. */
export interface Answer {
  readonly status: 200 | 400 | 401 | 408 | 429;
  readonly body: { readonly success: true } | { readonly success: false; readonly message: string };
  readonly retryAfter?: number;
}

export interface IntakeParts {
  readonly collector: Collector;
  readonly keys: WriteKeys;
  readonly gate: LiveGate;
  readonly admission: Admission;
  readonly report: Pick<RefusalReport, 'note' | 'lost' | 'letterless'>;
  readonly letters: LetterRate;
  readonly limits: BodyLimits & { readonly produceWithinMs: number };
  readonly logger: Pick<Logger, 'warn'>;
  readonly tracing?: Pick<Tracing, 'begin' | 'ended'> | undefined;
  /** Told of every answer: its status (500 where there was none to give) and how long it took, seconds. */
  readonly answered: (status: number, seconds: number) => void;
  /** Wall clock, epoch ms. */
  readonly now: () => number;
}

/** One request of an SDK. */
export interface Asked {
  /** The write key of its query, if any. */
  readonly writeKey: unknown;
  readonly request: IncomingMessage;
  /** The address that it comes from, by which its share of the edge is bounded. */
  readonly client: string;
  /** The call, where it stands in the query and there is no body to read. */
  readonly json?: Json;
}

/** A request that is being answered. */
interface Answering extends Asked {
  /** The headers that its records get. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Takes requests of event SDKs. 200 means that the broker has the calls; whatever could be delivered later is answered 429. */
export class Intake {
  constructor(private readonly parts: IntakeParts) {}

  /** `route`: the last part of the path. */
  async take(route: string, asked: Asked): Promise<Answer> {
    const { tracing, now } = this.parts;
    const began = performance.now();
    const traced = tracing?.begin(headerText(asked.request.headers[traceHeader]));
    let status = 500;
    try {
      const headers = traced === undefined ? {} : { headers: { [traceHeader]: placeText(traced.place) } };
      const answer = await this.answer(route, { ...asked, ...headers });
      ({ status } = answer);
      return answer;
    } finally {
      const ms = performance.now() - began;
      this.parts.answered(status, ms / 1000);
      if (traced !== undefined)
        tracing?.ended({
          ...traced,
          name: `POST /v1/${routes.has(route) ? route : '…'}`,
          kind: 'server',
          startedAt: now() - ms,
          endedAt: now(),
          attributes: { 'http.request.method': 'POST', 'http.response.status_code': status },
          ...(status >= 500 && { failed: String(status) }),
        });
    }
  }

  private async answer(route: string, asked: Answering): Promise<Answer> {
    const { admission, gate, keys } = this.parts;
    const type = routes.get(route);
    if (type === undefined)
      return no(
        400,
        `/v1/${cut(wellFormed(route), 50)} is none of ${[...routes.keys()].map((name) => `/v1/${name}`).join(', ')}`,
      );
    const early = basicKey(asked.request.headers.authorization);
    if (early !== undefined && !keys.has(early)) return this.stranger();
    const place = admission.enter(networkOf(asked.client));
    if (place === undefined) return later(1, 'too many requests are under way');
    const settled: Promise<unknown>[] = [];
    try {
      if (!(await gate.open())) return later(10, 'history is being replayed, or the service is starting');
      const calls = await this.read(type, asked, place);
      if ('status' in calls) return calls;
      if ('kind' in calls) return await this.refuse(calls, asked, settled);
      return await this.publish(await this.parts.collector.judge(calls.items, calls.arrival), asked, settled);
    } finally {
      // A request that was told to come back still holds its place until the broker has settled it: what waits for the broker stays bounded.
      void Promise.allSettled(settled).then(() => {
        place.leave();
      });
    }
  }

  private async read(
    type: string,
    { writeKey, request, json: given }: Asked,
    place: Place,
  ): Promise<Accepted | RefusedBody | Answer> {
    const body: Body =
      given === undefined ? await readBody(request, this.parts.limits, place) : { json: given, beginning: JSON.stringify(given) };
    const arrivedAt = this.parts.now();
    const { beginning = '' } = body;
    const json = 'json' in body ? body.json : undefined;
    const presented = presentedKey(request.headers.authorization, json, writeKey) ?? ('problem' in body ? keyIn(beginning) : '');
    const source = this.parts.keys.get(presented);
    if ('problem' in body) {
      const { kind, answer } = body.encoding === undefined ? unreadBodies[body.problem] : encodedBody(body.encoding);
      return kind === undefined ? answer : { source, kind, answer, beginning, withdraws: body.withdraws === true };
    }
    if (source === undefined) return this.stranger();
    const calls = callsOf(type, json);
    if (!('problem' in calls)) return { ...calls, arrival: { source, arrivedAt } };
    const { kind, items, problem } = calls;
    const withdrawals = await this.parts.collector.withdrawals(kind, items, { source, arrivedAt });
    return { source, kind, answer: no(400, problem), beginning, withdrawals };
  }

  /** A key that nobody has leaves a count and no dead letter: what strangers send is not kept. */
  private stranger(): Answer {
    this.parts.report.note({ source: 'unknown', kind: 'unknown_key', calls: 1, reason: messageOf(unknownKey) });
    return unknownKey;
  }

  /** A refused body is a dead letter. What it withdraws is heard first, and if the broker is away the client has to repeat it. */
  private async refuse(body: RefusedBody, asked: Answering, settled: Promise<unknown>[]): Promise<Answer> {
    const { collector, letters, logger, report } = this.parts;
    const { source, kind, answer, beginning, withdrawals, withdraws = false } = body;
    if (withdrawals !== undefined && withdrawals.withdrawals.length > 0) {
      const heard = await this.publish(withdrawals, asked, settled);
      if (heard.status !== 200) return heard;
    }
    const reason = `${withdraws ? 'it may withdraw a consent, which is lost with it: ' : ''}${messageOf(answer)}`;
    report.note({ source: source ?? 'unknown', kind, calls: 1, reason });
    if (withdraws) report.lost({ source: source ?? 'unknown', kind, calls: 1 });
    if (source === undefined) return answer; // what strangers send is not kept
    if (letters.allows(source))
      settled.push(
        collector.refuse(source, kind, reason, beginning).catch((error: unknown) => {
          logger.warn({ err: error, source, kind }, 'The broker did not acknowledge the dead letter of a refused body');
        }),
      );
    else report.letterless({ source, kind });
    return answer;
  }

  private async publish(judged: Judged, { headers }: Answering, settled: Promise<unknown>[]): Promise<Answer> {
    const { collector, limits, logger } = this.parts;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer of the broker within ${String(limits.produceWithinMs)} ms`));
      }, limits.produceWithinMs);
    });
    try {
      const taken = collector.publish(judged, headers);
      settled.push(taken);
      await Promise.race([taken, late]);
      return { status: 200, body: { success: true } };
    } catch (error) {
      logger.warn(
        {
          err: error,
          source: judged.source,
          calls: judged.taken.length + judged.refused.length + judged.withdrawals.length,
          ...(headers !== undefined && { trace_id: placeIn(headers[traceHeader])?.traceId }),
        },
        'The broker did not acknowledge calls; the client is asked to repeat them',
      );
      return later(2, 'the broker does not answer');
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Accepted {
  readonly items: Iterable<unknown>;
  readonly arrival: Arrival;
}

interface RefusedBody {
  /** Undefined where the key is unknown or stood in the body that could not be read. */
  readonly source: string | undefined;
  readonly kind: BodyRefusal;
  readonly answer: Answer;
  readonly beginning: string;
  /** What its calls withdraw, where they can be read. */
  readonly withdrawals?: Judged;
  /** It cannot be read, and consents seem to stand in it. */
  readonly withdraws?: boolean;
}

const headerText = (value: string | string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const no = (status: 400 | 401, message: string): Answer => ({ status, body: { success: false, message } });
const later = (retryAfter: number, message: string): Answer => ({
  status: 429,
  body: { success: false, message: `${message}; repeat it later` },
  retryAfter,
});
const unknownKey = no(401, 'the write key is missing or unknown');
/** The write key that stands in what can be read of a broken body; "" where none does. */
const keyIn = (beginning: string): string => /"writeKey"\s*:\s*"([^"\\]{1,200})"/.exec(beginning)?.[1] ?? '';
const messageOf = ({ body }: Answer): string => (body.success ? '' : body.message);
interface UnreadBody {
  readonly answer: Answer;
  readonly kind?: BodyRefusal;
}
function encodedBody(encoding: string): UnreadBody {
  const message = `the body is encoded as ${JSON.stringify(encoding)}, which is not read: send it as gzip, or as it is`;
  return { answer: no(400, message), kind: 'unread_encoding' };
}
/** What a client is answered, and under which word a body counts as refused; one that may come again has none. */
const unreadBodies: Readonly<Record<BodyProblem, UnreadBody>> = {
  'too large': { answer: no(400, 'the body is too large: send smaller batches'), kind: 'body_too_large' },
  'too many values': { answer: no(400, 'the body has too many values: send smaller batches'), kind: 'too_many_values' },
  unparseable: { answer: no(400, 'the body is not JSON'), kind: 'not_json' },
  'unread encoding': encodedBody('unknown'),
  'too slow': { answer: { status: 408, body: { success: false, message: 'the body took too long' } } },
  'cut off': { answer: { status: 408, body: { success: false, message: 'the body was cut off' } } },
  'no room': { answer: later(1, 'too much is under way') },
};
