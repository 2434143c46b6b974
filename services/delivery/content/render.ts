import { UndefinedVariableError } from 'liquidjs';
import type { Missing, Rendered, RenderInput, Templates } from './content.types.ts';
import { fill } from './fill.ts';
import { at, greetable, told } from './scope.ts';
import { Unusable } from './unusable.ts';

/**
 * Makes a mail out of its template, in the person's language, formats and zone. Where a required value is absent, blank or cannot be
 * printed, nothing is made and the answer says what is missing: such a mail is not sent.
 */
export function render(templates: Templates, input: RenderInput): Rendered | Missing {
  const template = templates.find(input.template, input.locale);
  if (template === undefined) return { missing: [`template ${input.template}`] };
  const scope = { ...(told(input.variables) as object), name: greetable(input.name) };
  const missing = template.required.filter((path) => at(scope, path) === undefined);
  if (missing.length > 0) return { missing };
  try {
    return fill(template, templates.frame.postalAddress, scope, input);
  } catch (error) {
    return { missing: [reasonOf(error)] };
  }
}

/** What was missing, of the two ways in which a value turns out to be so; any other error is a bug and goes on. */
function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = (cause as { originalError?: unknown }).originalError) {
    if (cause instanceof Unusable) return cause.path;
    if (cause instanceof UndefinedVariableError) return cause.message.replace(/^undefined variable: ([^,]*).*$/s, '$1');
  }
  throw error;
}
