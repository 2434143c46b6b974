import { loadPlaybook, type Playbook } from '#playbook';

/** Prints what a playbook contains. Throws PlaybookError with one line per problem. */
export function playbookValidate(file: string): void {
  process.stdout.write(`${summary(loadPlaybook(file))}\n`);
}

function summary(playbook: Playbook): string {
  const { name, version, sending, scoring, stages, milestones, plays, defaults } = playbook;
  const rows: [string, string][] = [
    [
      'sending',
      `${sending.window.from}–${sending.window.to} local time, ${String(sending.daily_cap)} a day, ${String(sending.behaviour_monthly_cap)} a month about behaviour`,
    ],
    ['defaults', `${defaults.zone}, ${defaults.locale}`],
    [
      'scoring',
      `${counted(scoring.rules.length, 'rule')}, ${String(scoring.fit.length)} about who a person is; bands ${scoring.bands.map((band) => band.id).join(', ')}; half-life ${scoring.half_life}`,
    ],
    [
      'stages',
      `${stages.names.join(', ')}; ${counted(stages.transitions.length, 'transition')}; people begin as ${stages.initial}`,
    ],
    ['milestones', milestones.map((m) => m.id).join(', ') || 'none'],
    [
      'plays',
      plays
        .map((play) => `${play.id} (${play.category}, priority ${String(play.priority)}, within ${play.not_after})`)
        .join('\n              ') || 'none',
    ],
  ];
  return [`${name} is a valid playbook, version ${version}.`, ...rows.map(([key, value]) => `  ${key.padEnd(12)}${value}`)].join(
    '\n',
  );
}

const counted = (n: number, noun: string): string => `${String(n)} ${noun}${n === 1 ? '' : 's'}`;
