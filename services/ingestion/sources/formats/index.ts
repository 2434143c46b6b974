import type { SourceRule } from '#playbook';
import type { RegistryOptions } from '../registry/client.ts';
import { needsRegistry, Schemas, type RegistryFormat } from '../registry/schemas.ts';
import { cloudEvents } from './cloudevents.ts';
import { json, nothing, type Format } from './format.ts';

export { nothing, NotYet, Unreadable, type Format } from './format.ts';

/** To add a format, add its name to `sourceFormats` of #playbook and a line here. A tombstone has no value. */
const formats: Readonly<Record<Exclude<SourceRule['format'], RegistryFormat>, Format>> = {
  cloudevents: cloudEvents,
  json: ({ value }) => (value === null ? nothing : json(value)),
};

/** How the values of a source are read; `registry` is that of its cluster. Throws where its format needs one and there is none. */
export function formatOf({ format, cluster }: Pick<SourceRule, 'format' | 'cluster'>, registry?: RegistryOptions): Format {
  if (!needsRegistry(format)) return formats[format];
  if (registry === undefined)
    throw new Error(
      `The format ${format} needs a schema registry: name one as \`registry\` of ${cluster === undefined ? 'a cluster in HITO_SOURCE_CLUSTERS, and that cluster in the source' : `the cluster ${cluster} in HITO_SOURCE_CLUSTERS`}.`,
    );
  const schemas = new Schemas(registry, format);
  return ({ value }) => (value === null ? nothing : schemas.read(value));
}
