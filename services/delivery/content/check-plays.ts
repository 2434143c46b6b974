import type { Templates } from './content.types.ts';
import { TemplateError } from './template-error.ts';

/** What of a play its template has to fit. */
export interface PlayedTemplate {
  readonly id: string;
  readonly template: string;
  readonly on?: object;
}

/** The values that a decision brings, by what its play is on; beside them there is the person's `name`. */
const brought = {
  milestone: [
    ...['milestone', 'kind', 'occurrence', 'occurred_at', 'significance', 'threshold', 'value', 'aggregates'],
    ...['count', 'sum_minor', 'currency', 'first_at', 'last_at', 'local_date'].map((name) => `aggregates.${name}`),
  ],
  stage: ['from', 'stage', 'occurred_at', 'since', 'quiet_ms'],
  band: ['band', 'previous_band', 'total', 'engagement', 'fit'],
  event: ['event', 'occurred_at', 'properties'],
} as const;

/** Whatever a platform sends stands in `properties`; all else is known to its last step. */
const isKnown = (known: readonly string[], path: string): boolean =>
  known.includes(path.replace(/\.(?:size|first|last)$/, '')) || (known.includes('properties') && path.startsWith('properties.'));

const kindOf = (on: object): keyof typeof brought | undefined =>
  (['milestone', 'stage', 'band', 'event'] as const).find((word) => Object.hasOwn(on, word));

const knownOf = ({ on = {} }: PlayedTemplate): readonly string[] => {
  const kind = kindOf(on);
  return kind === undefined ? [] : [...brought[kind], 'name'];
};

/** Throws TemplateError where a play names a template that is not there, or one that requires what its decisions never bring. */
export function checkTemplates(templates: Templates, plays: readonly PlayedTemplate[]): void {
  const problems = plays.flatMap((play) => {
    const { id, template, on = {} } = play;
    if (!templates.names.includes(template))
      return [`play ${id}: there is no template ${template}. There are: ${templates.names.join(', ')}.`];
    const kind = kindOf(on);
    if (kind === undefined) return [];
    const known = knownOf(play);
    return templates.localesOf(template).flatMap(({ locale, required, optional }) => {
      // An optional value may be what another play with this template brings.
      const unknown = [
        ...required.filter((path) => !isKnown(known, path)),
        ...optional.filter((path) => !plays.some((other) => other.template === template && isKnown(knownOf(other), path))),
      ];
      return unknown.map(
        (path) =>
          `play ${id}: its template ${template}.${locale} ${optional.includes(path) ? 'uses' : 'requires'} ${path}, which no decision about ${kind === 'event' ? 'an' : 'a'} ${kind} brings. It brings: ${known.join(', ')}.`,
      );
    });
  });
  if (problems.length > 0) throw new TemplateError(problems);
}
