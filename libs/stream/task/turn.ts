import { reasonOf, upgraded } from '../model/author.ts';
import type { Verdict } from './culprit.ts';
import { DataError } from '../model/data-error.ts';
import { failPoint } from '../model/fail-point.ts';
import { firstMessage, fold, itemName } from './fold.ts';
import type { FoldInput, FoldResult } from './fold.types.ts';
import { whole } from './listed.ts';
import type { Ownership } from './ownership.ts';
import type { Plan } from '../input/plan.ts';
import { pause } from '../model/signal.ts';
import type { StoredState } from '../model/store.ts';
import type { Read } from '../input/stream-buffer.ts';
import { loggable } from './suspects.ts';
import type { Traced } from './tracks.ts';
import { Fenced } from '../model/worker.ts';

/** What was in a transaction, for where it fails: how many messages, and the name of the only one. */
interface Tried {
  messages: number;
  name?: string | undefined;
}

interface Decided {
  readonly folded: FoldResult;
  /** States that were not in memory, upgraded; null: there is none. */
  readonly fresh: ReadonlyMap<string, StoredState | null>;
  /** Wakes before it were due, and looked for where `asked`: `due` were loaded, and there are `more`. */
  readonly bound: number;
  readonly asked: boolean;
  readonly due: number;
  readonly more: boolean;
}

/** One transaction, from the plan to the commit; where the database refuses it, the next one is smaller. */
export async function takeTurn(owned: Ownership, next: Plan, stopping: AbortSignal): Promise<void> {
  const { suspects, context } = owned;
  const { thrown } = suspects;
  const tried: Tried = { messages: next.items.length };
  try {
    await takeAll(owned, next, tried, stopping);
  } catch (error) {
    const verdict: Verdict | undefined = error instanceof Fenced ? undefined : suspects.failed(error, tried.messages, tried.name);
    if (verdict === undefined || verdict.next === 'anew') throw error;
    suspects.thrown = thrown;
    if (verdict.next === 'alarm') {
      await owned.raise(verdict.alarm);
      return;
    }
    context.logger.warn(
      { task: owned.origin.name, error: reasonOf(error), ...(tried.name === undefined ? tried : loggable(tried.name)) },
      'the database refuses what is to be written; its cause is looked for',
    );
    failPoint('after-refusal');
    await owned.rewind();
  }
}

async function takeAll(owned: Ownership, next: Plan, tried: Tried, stopping: AbortSignal): Promise<void> {
  const { context, suspects } = owned;
  const started = performance.now();
  const decided = await decide(owned, next, tried);
  const { folded } = decided;
  tried.messages = folded.messages;
  if (folded.lastError !== undefined) {
    suspects.remember(folded, context.peers, performance.now());
    context.logger.error(
      {
        task: owned.origin.name,
        error: folded.lastError.message,
        people: suspects.throwers,
        ...traceOf(folded.traced.filter(({ failed }) => failed === 'bug')),
      },
      'decide threw; the message is a dead letter',
    );
    if (suspects.blamesRules(context.peers) && !suspects.skipping) {
      await holdOrStop(owned, folded.lastError, stopping);
      return;
    }
  } else if (folded.anySuccess) suspects.remember(folded, context.peers, performance.now());

  const oldest = next.clock === 'live' && folded.taken > 0 ? owned.intake.oldestOf(next) : undefined;
  owned.intake.drop(next, folded.taken);
  await write(owned, folded);
  suspects.turned(folded);
  if (folded.deadLetters > 0)
    context.logger.warn(
      { task: owned.origin.name, deadLetters: folded.deadLetters, ...traceOf(folded.traced.filter(({ failed }) => failed)) },
      'dead letters written',
    );
  tell(owned, folded, { durationMs: performance.now() - started, oldest });
  await remember(owned, decided);
  owned.intake.noteOffsets();
}

/** Nothing is taken: the same messages are tried again until others have decided something, or the time for it is over. */
async function holdOrStop(owned: Ownership, { message }: Error, stopping: AbortSignal): Promise<void> {
  const { suspects, report } = owned;
  const left = suspects.holdMs(performance.now());
  if (left <= 0) await owned.raise(`${String(suspects.throwers)} people's messages in a row threw, the last with: ${message}`);
  else {
    report.waitsFor = 'another partition to decide what throws here';
    await owned.absolve();
    await pause(Math.min(left, 100), stopping);
  }
}

/** Loads what the plan is about, and folds. Its items are let go of with this frame: a commit may take long. */
async function decide(owned: Ownership, next: Plan, tried: Tried): Promise<Decided> {
  const { context, suspects, cache } = owned;
  const { processor, lane, partition, store, tuning: limits } = context;
  const { items } = next;
  // A silent lane takes in one go what came over months: a timer must not fire before what would have put it off.
  const driven = next.clock !== 'live' || owned.silent;
  const bound = Math.max(owned.watermark, next.bound);
  const states = items.map(({ key }) => cache.get(key));
  const fresh = new Map<string, StoredState | null>();
  for (const [n, { key, bad }] of items.entries()) if (states[n] === undefined && bad === undefined) fresh.set(key, null);
  const limit = Math.min(suspects.most, driven ? limits.wakesDriven : limits.wakesLive);
  const [first] = items;
  if (suspects.most === 1 && first !== undefined) {
    tried.name = itemName(first);
    // What reading the state leads to may be what it is condemned for.
    if (tried.name === suspects.condemned?.item) fresh.clear();
  }
  const hashes = processor.inputs.some(({ dedupe }) => dedupe !== undefined)
    ? items.flatMap((item) => (item.bad === undefined ? hashesOf((item.read ??= item.reader.read(item.raw))) : []))
    : [];
  const asked = owned.due.may(bound);
  const [loaded, found, seen] = await Promise.all([
    fresh.size === 0 ? [] : store.states(lane, partition, [...fresh.keys()]).then((found) => whole(context, found)),
    asked ? store.due(lane, partition, bound, limit + 1).then((found) => whole(context, found)) : [],
    hashes.length === 0 ? new Set<string>() : store.seen(partition, hashes),
  ]);
  const more = found.length > limit;
  for (const stored of loaded) fresh.set(stored.key, upgraded(processor, stored));
  const due = found
    .slice(0, limit)
    .map((stored) => cache.get(stored.key) ?? fresh.get(stored.key) ?? upgraded(processor, stored));
  if (fresh.size > 0) for (const [n, { key }] of items.entries()) states[n] ??= fresh.get(key);

  const input: FoldInput = {
    processor,
    states,
    due,
    more,
    bound,
    driven,
    seen,
    partition,
    rules: owned.rules.rules,
    retiming: owned.retiming !== undefined,
    prefix: context.prefix,
    partitions: context.partitions,
    items,
    time: owned.time,
    strict: limits.strict,
    most: suspects.most,
    condemned: suspects.condemned,
    skips: owned.skips,
    traced: context.tracer !== undefined,
  };
  await attempt(owned, input);
  try {
    if (suspects.most === 1) tried.name = firstMessage(input);
    return { folded: fold(input), fresh, bound, asked, more, due: due.length };
  } catch (error) {
    throw new DataError(`folding threw: ${reasonOf(error)}`, { cause: error });
  }
}

/** The attempt is on record before the try, where one has to be. */
async function attempt(owned: Ownership, input: FoldInput): Promise<void> {
  const suspect = owned.suspects.attempt(() => firstMessage(input));
  if (suspect !== undefined && !(await owned.context.store.suspect(owned.id, suspect))) throw new Fenced(owned.origin.name);
}

/** Commits, where there is anything to be written. */
async function write(owned: Ownership, folded: FoldResult): Promise<void> {
  const watermark = Math.max(owned.watermark, folded.watermark);
  const anything =
    folded.taken > 0 ||
    folded.states.length > 0 ||
    folded.parked.length > 0 ||
    folded.out.length > 0 ||
    watermark > owned.watermark ||
    owned.clockMoved;
  if (!anything) return;
  await owned.commit({ ...folded, watermark });
  await owned.endRecovery();
}

/** To the metrics and the traces. `oldest`: the instant of the oldest record, epoch ms. */
function tell(
  owned: Ownership,
  folded: FoldResult,
  { durationMs, oldest }: { durationMs: number; oldest: number | undefined },
): void {
  const { context, report } = owned;
  const endedAt = context.now();
  for (const traced of folded.traced) context.tracer?.ended({ ...traced, startedAt: endedAt - durationMs, endedAt });
  report.counts.taken += folded.taken;
  report.counts.deadLetters += folded.deadLetters;
  report.counts.largestState = Math.max(report.counts.largestState, folded.largest);
  context.onTransaction({
    processor: context.lane,
    records: folded.taken,
    durationMs,
    ...(oldest !== undefined && { ageMs: Math.max(0, endedAt - oldest) }),
    ...(folded.traced[0] !== undefined && { traceId: folded.traced[0].place.traceId }),
  });
}

/** What is known now of states and of what is due next. */
async function remember(owned: Ownership, { folded, fresh, bound, asked, more, due: found }: Decided): Promise<void> {
  const { cache, due, context } = owned;
  cache.put(fresh);
  cache.put(folded.states.map(({ text: _, change: __, ...stored }) => [stored.key, stored.state === null ? null : stored]));
  cache.put(folded.parked.map((stored) => [stored.key, stored]));
  if (asked) due.asked(bound, !(more || folded.cutShort || folded.watermark < bound));
  if (asked && found === 0 && folded.taken === 0) due.first(await context.store.firstWake(context.lane, context.partition));
  else due.written(folded.states.map(({ wakeAt }) => wakeAt));
}

/** The hashes by which it is known whether a record, or a part of it, has been taken. */
const hashesOf = ({ hash, salvaged }: Read): readonly string[] =>
  hash === undefined ? [] : salvaged === undefined ? [hash] : [hash, salvaged.hash];

/** For a line of the log: the first of these traces. */
const traceOf = ([first]: readonly Traced[]): object => (first === undefined ? {} : { trace_id: first.place.traceId });
