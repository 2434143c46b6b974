import { readFileSync } from 'node:fs';
import { messages, type DataOf } from '#contracts';
import { loadPlaybook } from '#playbook';
import type { Tuning } from '#stream/runtime';
import { topology } from '#testing';
import { delivery } from '../../services/delivery/delivery.processor.ts';
import { rulesOf as deliveryRules } from '../../services/delivery/rules.ts';
import { identity } from '../../services/ingestion/identity.processor.ts';
import { profile } from '../../services/ingestion/profile.processor.ts';
import { rulesOf as ingestionRules } from '../../services/ingestion/rules.ts';
import { parseHistory } from '../../services/ingestion/replay/history.ts';
import { recordsOf } from '../../services/ingestion/replay/records.ts';
import { schedule } from '../../services/ingestion/replay/schedule.ts';
import { rulesOf as milestoneRules } from '../../services/milestones/domain/rules.ts';
import { milestonesProcessor } from '../../services/milestones/milestones.processor.ts';
import { rulesOf as orchestrationRules } from '../../services/orchestration/domain/rules.ts';
import { unsealed } from '../../services/orchestration/testing/unsealed.ts';
import { orchestrationProcessor } from '../../services/orchestration/orchestration.processor.ts';
import { rulesOf as scoringRules } from '../../services/scoring/domain/rules.ts';
import { scoringProcessor } from '../../services/scoring/scoring.processor.ts';
import { rulesOf as stageRules } from '../../services/stages/domain/rules.ts';
import { stagesProcessor } from '../../services/stages/stages.processor.ts';

export interface Run {
  readonly history: string;
  /** yyyy-mm-dd, the day on which the history ends. */
  readonly until: string;
  readonly playbook: string;
  readonly partitions?: number;
  /** Length of a tick, virtual ms. */
  readonly tickMs?: number;
  /** Records of the next fetch. */
  readonly portion?: () => number;
  readonly tuning?: Partial<Tuning>;
}

/** What two replays of a history have in common, one line for each decision, sorted. */
export const decisionLine = ({
  id,
  person,
  decision,
  reason,
  at,
}: {
  readonly id: string;
  readonly person: string;
  readonly decision: string;
  readonly reason: string;
  readonly at: number;
}): string => `${id} of ${person}: ${decision} (${reason}) at ${new Date(at).toISOString()}`;

const lineOf = ({ person_id, at, ...rest }: DataOf<typeof messages>): string =>
  decisionLine({ ...rest, person: person_id, at: Date.parse(at) });

/**
 * The processors of all six services in this process, undisturbed, over a history: all decisions. Nothing sends the mails; what
 * becomes of them is feedback, which no decision of these depends on.
 */
export async function decisionsInMemory(run: Run): Promise<string[]> {
  const { history, playbook: file, partitions = 2, portion, tuning, tickMs } = run;
  const playbook = loadPlaybook(file);
  const rulesVersion = playbook.version;
  const services = [
    { processor: identity, rules: undefined, rulesVersion },
    { processor: profile, rules: ingestionRules(playbook).profile, rulesVersion },
    { processor: scoringProcessor, rules: scoringRules(playbook), rulesVersion },
    { processor: stagesProcessor, rules: stageRules(playbook), rulesVersion },
    { processor: milestonesProcessor, rules: milestoneRules(playbook), rulesVersion },
    { processor: orchestrationProcessor, rules: orchestrationRules(playbook, unsealed), rulesVersion },
    { processor: delivery, rules: deliveryRules(playbook), rulesVersion },
  ];
  const until = Date.parse(run.until);
  const flow = await topology(services, {
    partitions,
    ...(portion === undefined ? {} : { portion }),
    ...(tuning === undefined ? {} : { tuning }),
  });
  try {
    const orders = parseHistory(readFileSync(history, 'utf8'), history);
    for (const tick of schedule(orders, { until, ...(tickMs === undefined ? {} : { tickMs }) }))
      await flow.log.produce(recordsOf(tick, { prefix: flow.prefix, partitions }));
    await flow.reached(until + 86_400_000);
    return flow.read(messages).map(lineOf).sort();
  } finally {
    await flow.stop();
  }
}
