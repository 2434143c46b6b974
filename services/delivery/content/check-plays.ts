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
  milestone: ['milestone', 'kind', 'occurrence', 'occurred_at', 'significance', 'threshold', 'value', 'aggregates'],
  stage: ['from', 'stage', 'occurred_at', 'since', 'quiet_ms'],
  band: ['band', 'previous_band', 'total', 'engagement', 'fit'],
  event: ['event', 'occurred_at', 'properties'],
} as const;

/** Throws TemplateError where a play names a template that is not there, or one that requires what its decisions never bring. */
export function checkTemplates(templates: Templates, plays: readonly PlayedTemplate[]): void {
  const problems = plays.flatMap((play) => {
    const { id, template, on = {} } = play;
    if (!templates.names.includes(template))
      return [`play ${id}: there is no template ${template}. There are: ${templates.names.join(', ')}.`];
    const kind = (['milestone', 'stage', 'band', 'event'] as const).find((word) => Object.hasOwn(on, word));
    if (kind === undefined) return [];
    const known: readonly string[] = [...brought[kind], 'name'];
    return templates
      .localesOf(template)
      .flatMap((compiled) =>
        compiled.required
          .filter((path) => !known.includes(path.split('.')[0] ?? path))
          .map(
            (path) =>
              `play ${id}: its template ${template}.${compiled.locale} requires ${path}, which no decision about ${kind === 'event' ? 'an' : 'a'} ${kind} brings. It brings: ${known.join(', ')}.`,
          ),
      );
  });
  if (problems.length > 0) throw new TemplateError(problems);
}
