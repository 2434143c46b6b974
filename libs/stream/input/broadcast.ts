import { reasonOf } from '../model/author.ts';
import { textOf, type LogRecord } from '../model/log.ts';
import { fixedRules, type RulesVersion, type Timeline } from '../model/rules.ts';
import type { Announced, Announcements, Described, Logger } from '../model/runtime.types.ts';

type BroadcastOptions = Omit<Announcements, 'contract'> & {
  /** With its prefix. */
  readonly topic: string;
  readonly logger: Logger;
};

interface Known extends Announced {
  /** Epoch ms; -Infinity for the first. */
  readonly effective: number;
}

/**
 * The versions on a broadcast topic. The first one has always been in force. A later one takes effect at the instant that it names, or at its
 * broker's time and `leadMs`; it replaces those that were to take effect then or later. A record that cannot be read changes nothing.
 */
export class Broadcast {
  private readonly versions: Known[] = [];
  private position = 0;
  /** The broker was asked for the end at this instant (epoch ms), and everything before that end has been read. */
  private readUntil = -Infinity;
  private awaited: { readonly end: number; readonly at: number } | undefined;

  constructor(private readonly options: BroadcastOptions) {}

  /** Records of the topic, in their order. */
  records(records: readonly LogRecord[]): void {
    for (const record of records) {
      if (record.offset < this.position) continue;
      this.position = record.offset + 1;
      this.take(record);
    }
    this.reach();
  }

  /** The end of the topic, as the broker told it when it was asked at this instant (epoch ms). */
  ends(end: number, askedAt: number): void {
    // An earlier question that is still open may be answered first; a later one would put it off.
    if (this.awaited === undefined || this.position >= this.awaited.end) this.awaited = { end, at: askedAt };
    this.reach();
  }

  /** There are rules to go by, and all that was on the topic at the first question has been read. */
  get ready(): boolean {
    return this.versions.length > 0 && this.readUntil > -Infinity;
  }

  /** The versions as one processor sees them. `rulesOf` makes its rules of a content; it is called once for each version. */
  timeline(rulesOf: (content: unknown) => unknown): Timeline {
    const made = new WeakMap<Known, RulesVersion>();
    return {
      at: (instant) => {
        const known = this.versions.findLast(({ effective }) => effective <= instant) ?? this.versions[0];
        if (known === undefined) throw new Error(`no version of the rules is on ${this.options.topic}`);
        const { content, version } = known;
        const rules = made.get(known) ?? { rules: rulesOf(content), version };
        made.set(known, rules);
        return rules;
      },
      after: (instant) => this.versions.find(({ effective }) => effective > instant)?.effective ?? Infinity,
      knownUntil: () => this.readUntil + this.options.leadMs,
    };
  }

  private take(record: LogRecord): void {
    const { read, topic, leadMs, logger } = this.options;
    try {
      const announced = read(textOf(record) ?? '');
      const { from = Math.max(0, record.timestamp ?? 0) + leadMs } = announced;
      if (!Number.isFinite(from)) throw new Error(`it takes effect at ${String(from)}, which is no instant`);
      const effective = this.versions.length === 0 ? -Infinity : from;
      while ((this.versions.at(-1)?.effective ?? -Infinity) >= effective && this.versions.length > 1) this.versions.pop();
      this.versions.push({ ...announced, effective });
      logger.info({ topic, offset: record.offset, version: announced.version, effective }, 'a version of the rules is known');
    } catch (error) {
      logger.error(
        { topic, offset: record.offset, error: reasonOf(error) },
        'this is no version of the rules that this build can read: the version before it stays in force',
      );
    }
  }

  private reach(): void {
    if (this.awaited === undefined || this.position < this.awaited.end) return;
    this.readUntil = Math.max(this.readUntil, this.awaited.at);
  }
}

/** Which rules a processor goes by. Throws where it follows announcements and there are none. */
export function timelineOf(described: Described, broadcast: Broadcast | undefined): Timeline {
  if ('rules' in described) return fixedRules(described.rules, described.rulesVersion);
  if (broadcast === undefined)
    throw new Error(`${described.processor.name} follows announced rules: give the runtime their \`announcements\``);
  return broadcast.timeline(described.rulesOf);
}
