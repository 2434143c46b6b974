import type { IncomingMessage } from 'node:http';
import type { Logger } from '#stream';
import type { Collector } from '../collector.ts';
import type { Arrival } from '../domain/collect.ts';
import { callsOf } from '../domain/envelope.ts';
import type { Admission, Place } from './admission.ts';
import { readBody, type BodyLimits, type BodyProblem } from './body.ts';
import type { LiveGate } from './live-gate.ts';
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
  readonly limits: BodyLimits & { readonly produceWithinMs: number };
  readonly logger: Pick<Logger, 'warn'>;
  /** Wall clock, epoch ms. */
  readonly now: () => number;
}

/** Takes requests of event SDKs. 200 means that the broker has the calls; whatever could be delivered later is answered 429. */
export class Intake {
  constructor(private readonly parts: IntakeParts) {}

  async take(route: string, query: unknown, request: IncomingMessage): Promise<Answer> {
    const { admission, gate, keys } = this.parts;
    const type = routes.get(route);
    if (type === undefined)
      return no(400, `/v1/${route.slice(0, 50)} is none of ${[...routes.keys()].map((name) => `/v1/${name}`).join(', ')}`);
    const early = basicKey(request.headers.authorization);
    if (early !== undefined && !keys.has(early)) return unknownKey;
    const place = admission.enter(request.socket.remoteAddress ?? '');
    if (place === undefined) return later(1, 'too many requests are under way');
    const settled: Promise<unknown>[] = [];
    try {
      if (!(await gate.open())) return later(10, 'history is being replayed, or the service is starting');
      const calls = await this.read(type, query, request, place);
      return 'status' in calls ? calls : await this.publish(calls, settled);
    } finally {
      // A request that was told to come back still holds its place until the broker has settled it: what waits for the broker stays bounded.
      void Promise.allSettled(settled).then(() => {
        place.leave();
      });
    }
  }

  private async read(type: string, query: unknown, request: IncomingMessage, place: Place): Promise<Accepted | Answer> {
    const body = await readBody(request, this.parts.limits, place);
    const arrivedAt = this.parts.now();
    if ('problem' in body) return unread[body.problem];
    const source = this.parts.keys.get(presentedKey(request.headers.authorization, body.json, query) ?? '');
    if (source === undefined) return unknownKey;
    const calls = callsOf(type, body.json);
    return 'problem' in calls ? no(400, calls.problem) : { items: calls.items, arrival: { source, arrivedAt } };
  }

  private async publish({ items, arrival }: Accepted, settled: Promise<unknown>[]): Promise<Answer> {
    const { collector, limits, logger } = this.parts;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer of the broker within ${String(limits.produceWithinMs)} ms`));
      }, limits.produceWithinMs);
    });
    try {
      const taken = collector.take(items, arrival);
      settled.push(taken);
      await Promise.race([taken, late]);
      return { status: 200, body: { success: true } };
    } catch (error) {
      logger.warn(
        { err: error, source: arrival.source, calls: items.length },
        'The broker did not acknowledge calls; the client is asked to repeat them',
      );
      return later(2, 'the broker does not answer');
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Accepted {
  readonly items: readonly unknown[];
  readonly arrival: Arrival;
}

const no = (status: 400 | 401, message: string): Answer => ({ status, body: { success: false, message } });
const later = (retryAfter: number, message: string): Answer => ({
  status: 429,
  body: { success: false, message: `${message}; repeat it later` },
  retryAfter,
});
const unknownKey = no(401, 'the write key is missing or unknown');
const unread: Readonly<Record<BodyProblem, Answer>> = {
  'too large': no(400, 'the body is too large: send smaller batches'),
  'too slow': { status: 408, body: { success: false, message: 'the body took too long' } },
  'cut off': { status: 408, body: { success: false, message: 'the body was cut off' } },
  'no room': later(1, 'too much is under way'),
  unparseable: no(400, 'the body is not JSON'),
};
