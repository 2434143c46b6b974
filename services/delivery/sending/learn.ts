import { messages, outcomes } from '#contracts';
import { type Logger, type LogRecord, type Recovery, slackMs, textOf, type WorkerSession } from '#stream';
import { Evidence } from '../mails/evidence.ts';
import { doubtTheRest, keepKnown } from '../mails/recovered.ts';

/** Decisions are read from so much earlier on: delivery may have been behind when the backup was made, ms. */
const lagMs = 24 * 3_600_000;
const portion = 1_000;

/**
 * Before a partition of a database that went back is worked on: learns from the topics what became of its mails. Nothing is sent of what was
 * sent, and of what nobody can know. Killed in between, it begins anew.
 */
export async function learn(session: WorkerSession, recovery: Recovery, logger: Logger): Promise<void> {
  const evidence = new Evidence();
  await recovery.read(messages, recovery.since - lagMs, (records) => {
    for (const record of records) evidence.decision(valueOf(record));
  });
  await recovery.read(outcomes, recovery.since - slackMs, (records) => {
    for (const record of records) evidence.outcome(valueOf(record));
  });
  const mails = evidence.mails();
  for (let from = 0; from < mails.length; from += portion)
    await session.transaction(async (sql) => ({ result: await keepKnown(sql, mails.slice(from, from + portion)) }));
  const rest = await session.transaction(async (sql) => ({ result: await doubtTheRest(sql, session.partition) }));
  await recovery.done();
  logger.info(
    { partition: session.partition, known: mails.length, doubted: rest },
    'The sender knows from the topics which mails have left; it sends on',
  );
}

/** What is no JSON says nothing about a mail. */
function valueOf(record: LogRecord): unknown {
  try {
    return JSON.parse(textOf(record) ?? 'null') as unknown;
  } catch {
    return undefined;
  }
}
