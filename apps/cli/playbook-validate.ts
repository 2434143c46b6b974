import type { Playbook } from '#playbook';
import { anywhere, type Templates } from '../../services/delivery/content/index.ts';
import { checkPlaybook } from './check-playbook.ts';

/** Prints what a playbook and its templates contain. Rejects with PlaybookError or TemplateError, one line per problem. */
export async function playbookValidate(file: string): Promise<void> {
  const given = process.env['HITO_TEMPLATES'];
  const { playbook, templates } = await checkPlaybook(file, { directory: given === '' ? undefined : given });
  process.stdout.write(`${summary(playbook, templates)}\n`);
}

function summary(playbook: Playbook, templates: Templates): string {
  const { name, version, sending, scoring, stages, milestones, categories, plays, defaults, links } = playbook;
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
      'categories',
      categories.map(({ id, legal, consent }) => `${id} (${legal ? 'legal' : (consent ?? '')})`).join(', ') || 'none',
    ],
    ['links', anywhere(links) ?? (links.hosts.join(', ') || 'to no host')],
    [
      'plays',
      plays
        .map((play) => `${play.id} (${play.category}, priority ${String(play.priority)}, within ${play.not_after})`)
        .join('\n              ') || 'none',
    ],
    [
      'templates',
      templates.names
        .map((template) => {
          const written = templates.localesOf(template).map(({ locale }) => locale);
          return `${template} (${written.join(', ')})`;
        })
        .join(', '),
    ],
  ];
  return [`${name} is a valid playbook, version ${version}.`, ...rows.map(([key, value]) => `  ${key.padEnd(12)}${value}`)].join(
    '\n',
  );
}

const counted = (n: number, noun: string): string => `${String(n)} ${noun}${n === 1 ? '' : 's'}`;
