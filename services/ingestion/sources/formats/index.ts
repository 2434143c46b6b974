import type { SourceRule } from '#playbook';
import { cloudEvents } from './cloudevents.ts';
import { json, nothing, type Format } from './format.ts';

export { nothing, Unreadable, type Format } from './format.ts';

/** To add a format, add its name to `sourceFormats` of #playbook and a line here. A tombstone has no value. */
const formats: Readonly<Record<SourceRule['format'], Format>> = {
  cloudevents: cloudEvents,
  json: ({ value }) => (value === null ? nothing : json(value)),
};

/** How the values of a source are read. */
export const formatOf = ({ format }: Pick<SourceRule, 'format'>): Format => formats[format];
