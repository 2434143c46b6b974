import { sum, type Check } from './case.ts';
import { same } from './problem.ts';

const counted = (counts: Readonly<Record<string, number>>, prefix = ''): string[] =>
  Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${prefix}${name} ${String(count)}`);

/** The services' durable counters, from which /metrics is told, agree with what was counted on topics and tables. */
export const counterChecks: readonly Check[] = [
  ({ summary, evidence: { tables } }) => {
    const { persons, milestones, stages, stage_transitions, decisions, mails } = summary;
    const { in_inbox: _inbox, distinct_message_ids: _ids, ...states } = mails;
    const expected = [
      ...counted({ 'profile/persons': persons }),
      ...counted(milestones, 'milestones/milestone.'),
      ...counted(stages, 'stages/stage.'),
      ...counted(stage_transitions, 'stages/transition.'),
      ...counted(
        { candidates: decisions.candidates, open: decisions.deferred_open, 'decision.sent': decisions.sent },
        'orchestration/',
      ),
      ...counted({ 'decision.dropped': sum(decisions.dropped) }, 'orchestration/'),
      ...counted(states, 'mails.'),
    ];
    const found = new Map<string, number>();
    const ofInterest =
      /^(profile\/persons|milestones\/milestone\.|stages\/(stage|transition)\.|orchestration\/(candidates|open|decision\.(sent|dropped)))/;
    for (const [name, count] of tables.tallies) {
      const known = ofInterest.test(name)
        ? name.replace(/(decision\.dropped).*/, '$1')
        : /^(delivery|sender)\/(mails\..+)/.exec(name)?.[2];
      if (known !== undefined) found.set(known, (found.get(known) ?? 0) + count);
    }
    return same('counters', expected, counted(Object.fromEntries(found)));
  },
];
