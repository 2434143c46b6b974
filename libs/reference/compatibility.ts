import type { JsonSchema } from './json-schema.ts';

/** The schemas of a release, by topic. */
export type Release = Readonly<Record<string, JsonSchema>>;

/** Keywords that explain and do not restrict. */
const silent = new Set(['$schema', 'description', 'x-personal', 'title', 'examples', 'default']);
const structure = new Set(['properties', 'required', 'items', 'additionalProperties']);

/**
 * What breaks readers or writers of a released schema, each with topic and field. Only optional fields may come or go: a required
 * field, a type, a bound and whether a field is required stay as they were. A topic stays; what must change gets a new version.
 */
export const incompatibilities = (released: Release, now: Release): string[] =>
  Object.entries(released).flatMap(([topic, before]) => {
    const after = now[topic];
    return after === undefined
      ? [`${topic}: the topic is gone; keep it beside its successor`]
      : differences(before, after, topic, '');
  });

function differences(before: JsonSchema, after: JsonSchema, topic: string, path: string): string[] {
  const at = (problem: string, field = path): string => `${topic}: ${field === '' ? 'the record' : field} ${problem}`;
  const found: string[] = [];
  for (const keyword of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (silent.has(keyword) || structure.has(keyword)) continue;
    const [was = 'none', is = 'none'] = [before, after].map((schema) => JSON.stringify(schema[keyword]) as string | undefined);
    if (was !== is) found.push(at(`changed its ${keyword} from ${was} to ${is}`));
  }
  return [...found, ...ofFields(before, after, topic, path, at), ...ofInner(before, after, topic, path, at)];
}

type At = (problem: string, field?: string) => string;

function ofFields(before: JsonSchema, after: JsonSchema, topic: string, path: string, at: At): string[] {
  const [was, is] = [before.properties ?? {}, after.properties ?? {}];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) => {
    const field = path === '' ? name : `${path}.${name}`;
    const [wasRequired, isRequired] = [before, after].map(({ required }) => required?.includes(name) ?? false);
    const [old, fresh] = [was[name], is[name]];
    if (old === undefined) return isRequired === true ? [at('is new and required; make it optional', field)] : [];
    if (fresh === undefined) return wasRequired === true ? [at('was required and is gone', field)] : [];
    if (wasRequired !== isRequired)
      return [at(`was ${wasRequired === true ? 'required and is optional' : 'optional and is required'} now`, field)];
    return differences(old, fresh, topic, field);
  });
}

/** What stands in lists and maps. */
function ofInner(before: JsonSchema, after: JsonSchema, topic: string, path: string, at: At): string[] {
  return (['items', 'additionalProperties'] as const).flatMap((keyword) => {
    const [was, is] = [before[keyword], after[keyword]];
    if (typeof was === 'object' && typeof is === 'object')
      return differences(was, is, topic, `${path}${keyword === 'items' ? '[]' : '.*'}`);
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [at(`changed its ${keyword}`)];
  });
}
