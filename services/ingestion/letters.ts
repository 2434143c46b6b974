import { collected, deadLetters, topicOf } from '#contracts';
import { cut, hideSecrets, wellFormed, withoutSecretText } from '#facts';
import type { Runtime } from '#stream';
import type { Refusal } from './domain/refusals.ts';

export type Outgoing = Parameters<Runtime['produce']>[0][number];

/** A call, or the beginning of a body, that was refused. */
export interface RefusedItem {
  readonly kind: Refusal;
  readonly reason: string;
  /** As `kept` gives it. */
  readonly item: unknown;
  /** It withdraws a consent, and no id says whose. */
  readonly unheard: boolean;
}

/**
 * Longest refused call that is kept whole, in characters of JSON; UTF-8 may take three bytes for each, and the topic takes 2
 * MiB.
 */
const keptLength = 600_000;

/** So many refused calls of one body and kind have a letter each; more of them share one. */
const single = 20;

/**
 * The dead letters of one body. Where some of its calls were taken, the few others have one each. Calls of a body of which
 * nothing was taken, and many of one kind, share a letter per kind (`{ refused, items }`), so that garbage costs the log no
 * more than it cost its sender. `at`: when they were refused, epoch ms.
 */
export function lettersOf(
  prefix: string,
  source: string,
  refused: readonly RefusedItem[],
  anyTaken: boolean,
  at: number,
): Outgoing[] {
  const topic = topicOf(prefix, deadLetters('ingestion'));
  return [...Map.groupBy(refused, ({ kind }) => kind).values()].flatMap((alike) =>
    (anyTaken && alike.length <= single ? alike.map((one) => [one]) : bundles(alike)).map((bundle) => ({
      topic,
      key: source,
      value:
        bundle.length === 1 ? (bundle[0]?.item as object) : { refused: bundle.length, items: bundle.map(({ item }) => item) },
      headers: headersOf(source, bundle, at),
    })),
  );
}

function headersOf(source: string, [first, ...others]: readonly RefusedItem[], at: number): Record<string, string> {
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more calls of this body)`;
  return {
    'hito-dl-processor': 'collect',
    'hito-dl-topic': collected.name,
    'hito-dl-partition': '-1',
    'hito-dl-offset': '-1',
    'hito-dl-reason': `${cut(wellFormed(first?.reason ?? ''), 900)}${more}`,
    'hito-dl-attempts': '1',
    'hito-dl-kind': first?.kind ?? '',
    'hito-dl-source': source,
    'hito-dl-calls': String(others.length + 1),
    'hito-dl-at': new Date(at).toISOString(),
  };
}

/** Groups that one letter can hold each; what is too long for any has a letter of its own. */
function bundles(refused: readonly RefusedItem[]): RefusedItem[][] {
  const made: RefusedItem[][] = [];
  let room = 0;
  for (const one of refused) {
    const length = lengthOf(one.item);
    if (length > room || made.length === 0) {
      made.push([]);
      room = keptLength;
    }
    made.at(-1)?.push(one);
    room -= length;
  }
  return made;
}

const lengthOf = (item: unknown): number => {
  const text = textOf(item);
  return text === undefined ? keptLength : text.length + 1;
};

/**
 * A refused item as a letter keeps it: without secrets, by name, by the form of a link, or as the playbook declares (`secrets`). Of one
 * that the topic would refuse, its beginning; of one that nests too deeply to be looked through, nothing.
 */
export function kept(item: unknown, secrets: ReadonlySet<string>): unknown {
  const text = textOf(item);
  if (text === undefined) return { cut_to: 0, beginning: '' };
  if (text.length > keptLength) return { cut_to: keptLength, beginning: withoutSecretText(cut(text, keptLength), secrets) };
  try {
    return hideSecrets(item, secrets);
  } catch (error) {
    if (error instanceof RangeError) return { cut_to: 0, beginning: '' };
    throw error;
  }
}

/** Beyond some thousand levels an item cannot be written down again. */
function textOf(item: unknown): string | undefined {
  try {
    return JSON.stringify(item);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
