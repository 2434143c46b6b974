import { cut, isMap } from '#facts';
import type { LogRecord } from '#stream';
import { json, nothing, Unreadable } from './format.ts';

/**
 * An event of CloudEvents 1.0 by Kafka's binding, in either mode, as its JSON form has it: attributes and extensions beside `data`. Binary:
 * the attributes are headers `ce_…`, the value is the data. Structured: the value is the whole event. Source:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md.
 */
export function cloudEvents(record: LogRecord): unknown {
  const { headers, value } = record;
  const contentType = (headers['content-type'] ?? '').toLowerCase();
  if (contentType.startsWith('application/cloudevents')) {
    if (!contentType.startsWith('application/cloudevents+json'))
      throw new Unreadable(`the event is written as ${cut(contentType, 100)}; application/cloudevents+json is read`);
    return structured(value);
  }
  if (headers['ce_specversion'] === undefined)
    throw new Unreadable(
      'it is no CloudEvent: neither is its content-type application/cloudevents+json nor has it a header ce_specversion',
    );
  const attributes = Object.entries(headers).flatMap(([name, text]) =>
    name.startsWith('ce_') ? [[name.replace('ce_', ''), text]] : [],
  );
  return {
    ...Object.fromEntries(attributes),
    ...(contentType === '' ? {} : { datacontenttype: contentType }),
    ...(value === null ? {} : { data: isJson(contentType) ? json(value) : String(value) }),
  };
}

function structured(value: Buffer | null): unknown {
  if (value === null) return nothing;
  const event = json(value);
  if (!isMap(event)) throw new Unreadable('the event is no JSON object');
  if (typeof event['specversion'] !== 'string') throw new Unreadable('the event has no specversion');
  return event;
}

/** What has no type is taken for JSON, as the JSON form takes it. */
const isJson = (contentType: string): boolean => contentType === '' || /^[^;]*[/+]json\b/.test(contentType);
