import { UndefinedVariableError } from 'liquidjs';
import type { Missing, Rendered, RenderInput, Templates } from './content.types.ts';
import { fill } from './fill.ts';
import { at, greetable, told } from './scope.ts';
import { Elsewhere, Unusable } from './unusable.ts';

/**
 * Makes a mail out of its template, in the person's language, formats and zone. Where a required value is absent, blank, cannot be
 * printed or leads where no value may lead, nothing is made and the answer says what is missing: such a mail is not sent.
 */
export function render(templates: Templates, input: RenderInput): Rendered | Missing {
  const template = templates.find(input.template, input.locale);
  if (template === undefined) return { missing: [`template ${input.template}`] };
  const foreign: { readonly path: string; readonly to: string }[] = [];
  const variables = told(input.variables, (text, path) => {
    const to = template.destinations.elsewhere(text);
    if (to !== undefined) foreign.push({ path, to });
    return to === undefined;
  });
  const scope = { ...(variables as object), name: greetable(input.name) };
  const absent = template.required.filter((path) => at(scope, path) === undefined);
  const led = foreign.filter(({ path }) => absent.includes(path));
  if (absent.length > 0)
    return {
      missing: absent.map((path) => {
        const to = led.find((value) => value.path === path)?.to;
        return to === undefined ? path : new Elsewhere(path, to).path;
      }),
      ...(led.length > 0 && { foreign: true }),
    };
  try {
    return fill(template, templates.frame.postalAddress, scope, input);
  } catch (error) {
    return reasonOf(error);
  }
}

/** What was missing, of the two ways in which a value turns out to be so; any other error is a bug and goes on. */
function reasonOf(error: unknown): Missing {
  for (let cause = error; cause instanceof Error; cause = (cause as { originalError?: unknown }).originalError) {
    if (cause instanceof Unusable) return { missing: [cause.path], ...(cause instanceof Elsewhere && { foreign: true }) };
    if (cause instanceof UndefinedVariableError)
      return { missing: [cause.message.replace(/^undefined variable: ([^,]*).*$/s, '$1')] };
  }
  throw error;
}
