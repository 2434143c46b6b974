import { derivedId, namespace, type Cause } from '#contracts';
import type { Wake } from './agenda.ts';
import { counters } from '../model/author.ts';
import type { Refused } from '../output/dead-letter.ts';
import type { FoldInput, FoldResult } from './fold.types.ts';
import { iso } from '../model/iso.ts';
import { Ledger, type Entry } from './ledger.ts';
import { Output } from '../output/output.ts';
import type { Message } from '../model/processor.ts';
import type { RecordItem } from '../input/stream-buffer.ts';
import { placeText } from '../model/trace.ts';
import { Tracks } from './tracks.ts';

/** Wakes of one transaction. */
const maxWakes = 5_000;
/** Bytes of the values of one transaction: what comes after them waits for the next. */
const maxOut = 8_000_000;

/** The name of an item or wake in careful mode. */
export const itemName = ({ reader, offset }: RecordItem): string => `${reader.topic}@${String(offset)}`;
const wakeName = ({ key, instant }: Wake): string => `wake ${key} ${String(instant)}`;

/**
 * Folds records and due wakes into states and emissions: driven, in one order by instant (a record before a wake of its instant, wakes of
 * one instant by key); live, the due portion first, and each person's due wakes before their next record. A message on which
 * `decide` throws leaves no trace but its dead letter.
 */
export function fold(input: FoldInput): FoldResult {
  return new Fold(input).run();
}

/** The name of the message that `fold` would take first; nothing is decided. */
export const firstMessage = (input: FoldInput): string | undefined => new Fold(input).first();

class Fold {
  private readonly output: Output;
  private readonly tracks: Tracks;
  private readonly ledger: Ledger;
  /** Entries of the items, in their order. */
  private readonly ofItems: Entry[] = [];
  private readonly accepted = new Set<string>();
  private time: number;
  private taken = 0;
  private wakes = 0;
  private watermark: number;
  private duplicates = 0;
  private cutShort = false;
  private convicted = false;

  constructor(private readonly input: FoldInput) {
    this.time = input.time;
    this.watermark = input.bound;
    const latest = input.items.reduce((most, { at }) => Math.max(most, at), Math.max(input.time, input.bound));
    this.output = new Output(input);
    this.tracks = new Tracks(input.processor.name, input.traced === true);
    this.ledger = new Ledger(input, this.output, this.tracks, latest, (wake, refused) => {
      this.wakeFailed(wake, refused);
    });
  }

  first(): string | undefined {
    this.load();
    const {
      items: [item],
      driven,
      bound,
    } = this.input;
    const wake = this.ledger.agenda.next();
    if (wake !== undefined && wake.instant < bound && (!driven || item === undefined || wake.instant < item.at))
      return wakeName(wake);
    if (item === undefined) return undefined;
    const own = driven ? undefined : this.ledger.agenda.before(item, this.ofItems[0] as Entry, this.time);
    return own === undefined ? itemName(item) : wakeName(own);
  }

  run(): FoldResult {
    this.load();
    if (this.input.driven) this.driven();
    else this.live();
    const { ledger, output } = this;
    return {
      ...ledger.result(),
      taken: this.taken,
      watermark: this.watermark,
      messages: this.taken + this.wakes,
      cutShort: this.cutShort,
      convicted: this.convicted,
      time: this.time,
      out: output.out,
      tallies: counters(Object.fromEntries(output.tallies)),
      effects: output.effects,
      seen: [...this.accepted],
      deadLetters: output.deadLetters,
      duplicates: this.duplicates,
      threw: ledger.threw,
      anySuccess: ledger.anySuccess,
      lastError: ledger.lastError,
      traced: this.tracks.traced,
    };
  }

  private load(): void {
    const { items, states, due } = this.input;
    for (const stored of due) this.ledger.entry(stored.key, stored);
    for (const [n, { key }] of items.entries()) this.ofItems.push(this.ledger.entry(key, states[n] ?? undefined));
  }

  /** No more fits into this transaction. */
  private get full(): boolean {
    return this.wakes + this.taken >= (this.input.most ?? Infinity) || this.output.bytes > maxOut;
  }

  private driven(): void {
    const { items, due, bound, more } = this.input;
    // What lies past the last due row that was loaded cannot be judged yet: an unknown wake may come before it.
    const last = due.at(-1);
    const horizon = more && last !== undefined && last.wakeAt !== null ? { instant: last.wakeAt, key: last.key } : undefined;
    for (;;) {
      const item = items[this.taken];
      const wake = this.ledger.agenda.next();
      const wakeFirst = wake !== undefined && wake.instant < bound && (item === undefined || wake.instant < item.at);
      if (!wakeFirst && item === undefined) break;
      const instant = wakeFirst ? wake.instant : (item as RecordItem).at;
      const past =
        horizon !== undefined &&
        (instant > horizon.instant || (wakeFirst && instant === horizon.instant && wake.key > horizon.key));
      if (past || this.wakes >= maxWakes || this.full) {
        this.cutShort = true;
        this.watermark = Math.min(this.watermark, instant);
        break;
      }
      if (wakeFirst) this.wake(wake);
      else this.take(item as RecordItem);
    }
    if (horizon !== undefined) this.watermark = Math.min(this.watermark, horizon.instant);
  }

  private live(): void {
    const { items, bound } = this.input;
    const { agenda } = this.ledger;
    this.time = Math.max(this.time, bound === Infinity ? -Infinity : bound);
    while (this.wakes < maxWakes && !this.full) {
      const wake = agenda.next();
      if (wake === undefined || wake.instant >= bound) break;
      this.wake(wake);
    }
    while (this.taken < items.length) {
      const item = items[this.taken] as RecordItem;
      const own = agenda.before(item, this.ofItems[this.taken] as Entry, this.time);
      if (this.full) break;
      if (own === undefined) this.take(item);
      else this.wake(own);
    }
    this.cutShort = this.full;
  }

  private wake(wake: Wake): void {
    const { instant, key } = wake;
    const { processor, condemned } = this.input;
    const entry = this.ledger.of(key);
    this.wakes++;
    this.time = Math.max(this.time, instant);
    const refused = ((): Refused | undefined => {
      if (condemned?.item === wakeName(wake)) {
        this.convicted = true;
        return condemned;
      }
      const id = derivedId(`${processor.name}/${key}/${String(instant)}`, namespace);
      const cause: Cause = { id, processor: processor.name, wake_at: iso(instant) };
      const why = this.ledger.decide(entry, { kind: 'wake', key, id, named: instant, at: this.time }, { cause, time: this.time });
      if (why !== undefined || entry.wake === undefined || entry.wake > instant) return why;
      return { kind: 'bug', reason: `wakeAt did not move past ${iso(instant)} after a wake: the timer would fire for ever` };
    })();
    if (refused === undefined) return;
    this.wakeFailed(wake, refused);
    entry.parked = true;
  }

  private take(item: RecordItem): void {
    const entry = this.ofItems[this.taken] as Entry;
    this.taken++;
    this.time = Math.max(item.at, this.time);
    const sentence = this.sentence(item);
    if (sentence !== undefined) {
      this.refuse(item, sentence);
      return;
    }
    const read = item.bad === undefined ? (item.read ?? item.reader.read(item.raw)) : { bad: item.bad };
    if (read.bad !== undefined) {
      this.refuse(item, { kind: 'unreadable', reason: read.bad }, read.source);
      return;
    }
    if (entry.unreadable !== undefined) {
      this.refuse(item, this.ledger.unread(entry.key, entry.unreadable), read.source);
      return;
    }
    const known = (one: string): boolean => this.input.seen.has(one) || this.accepted.has(one);
    const repeat = read.hash !== undefined && known(read.hash);
    if (repeat && (read.salvaged === undefined || known(read.salvaged.hash))) {
      this.duplicates++;
      this.output.tally('duplicates', 1);
      return;
    }
    this.ledger.unpark(entry);
    const { data, id = '' } = repeat ? (read.salvaged ?? read) : read;
    const refused = this.decide(item, entry, { data, id });
    if (refused !== undefined) {
      this.refuse(item, refused, read.source);
      return;
    }
    if (repeat) this.output.tally('repeats.salvaged', 1);
    if (read.hash !== undefined) this.accepted.add(read.hash);
    if (read.salvaged !== undefined) this.accepted.add(read.salvaged.hash);
  }

  private decide(item: RecordItem, entry: Entry, { data, id }: { data: unknown; id: string }): Refused | undefined {
    const { topic, partition } = item.reader;
    const place = this.tracks.follow(item);
    const trace = place === undefined ? undefined : placeText(place);
    const untraced = { kind: 'record', topic, key: entry.key, at: this.time, data, id };
    const message = (trace === undefined ? untraced : { ...untraced, trace }) as unknown as Message;
    const cause = { id, topic, partition, offset: item.offset };
    const refused = this.ledger.decide(entry, message, { cause, time: this.time, trace });
    if (refused !== undefined && place !== undefined) this.tracks.failed(refused.kind);
    return refused;
  }

  /** Why the record is not even to be tried, where somebody has said so: the runtime after it did harm, or an operator. */
  private sentence(item: RecordItem): Refused | undefined {
    const { condemned, skips } = this.input;
    if (condemned === undefined && skips === undefined) return undefined;
    const name = itemName(item);
    if (condemned?.item === name) {
      this.convicted = true;
      return condemned;
    }
    const reason = skips?.get(name);
    return reason === undefined ? undefined : { kind: 'skipped', reason };
  }

  private wakeFailed({ instant, key }: Wake, refused: Refused): void {
    const {
      processor: { name },
      partition,
    } = this.input;
    const value = Buffer.from(JSON.stringify({ processor: name, key, instant: iso(instant) }));
    this.output.letter({ topic: `~wake/${name}`, partition, offset: instant, key, value, headers: {} }, refused);
  }

  private refuse({ reader: { topic, partition }, offset, key, raw }: RecordItem, refused: Refused, source?: string): void {
    this.output.letter({ topic, partition, offset, key, value: raw.value, headers: raw.headers }, { ...refused, source });
  }
}
