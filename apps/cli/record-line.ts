import { deadLetterHeaders, type Contract } from '#contracts';
import { cut, roundedNumbers } from '#facts';
import type { LogRecord } from '#stream';
import { printable, printableJson } from './printable.ts';
import { withoutSecrets, type Hide } from './without-secrets.ts';

/** Fields that a line shows elsewhere or not at all; `--json` shows everything. */
const aside = new Set(['id', 'person_id', 'at', 'cause', 'rule']);
const width = 160;

/** A record on one line: instant, place, key and what it says; where it does not fit its contract, why. */
export const recordLine = (contract: Contract, partition: number, record: LogRecord, hide: Hide = withoutSecrets()): string =>
  printable(line(contract, partition, { ...record, headers: hide(record.headers) as LogRecord['headers'] }, hide));

function line(contract: Contract, partition: number, record: LogRecord, hide: Hide): string {
  const place = `${String(partition)}/${String(record.offset)}`.padEnd(12);
  const dead = deadLetterHeaders.safeParse(record.headers);
  if (dead.success) {
    const h = dead.data;
    const from = `${h['hito-dl-topic']} ${h['hito-dl-partition']}/${h['hito-dl-offset']}`;
    return `${place} ${record.key ?? '-'}  ${h['hito-dl-processor']} refused ${from} (attempt ${h['hito-dl-attempts']}): ${h['hito-dl-reason']}  ${short(raw(record.value, hide))}`;
  }
  if (record.value === null) return `${place} ${record.key ?? '-'}  (deleted)`;
  const value = hide(parsed(record.value));
  const checked = contract.schema.safeParse(value);
  if (!checked.success) {
    const problems = checked.error.issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`).join('; ');
    return `${place} ${record.key ?? '-'}  DOES NOT FIT ${contract.name}: ${problems}  ${short(raw(record.value, hide))}`;
  }
  const fields = Object.entries(checked.data as Record<string, unknown>);
  const at = fields.find(([name]) => name === 'at')?.[1];
  const says = fields
    .filter(([name]) => !aside.has(name))
    .map(([name, field]) => `${name}=${typeof field === 'string' ? field : JSON.stringify(field, roundedNumbers)}`);
  return `${(typeof at === 'string' ? at : '').padEnd(24)} ${place} ${record.key ?? '-'}  ${short(says.join(' '))}`;
}

/** The same as JSON; a value that is not JSON stays text. */
export function recordJson(contract: Contract, partition: number, record: LogRecord, hide: Hide = withoutSecrets()): string {
  const { offset, key } = record;
  const headers = hide(record.headers);
  const value = record.value === null ? null : (hide(parsed(record.value)) ?? hide(String(record.value)));
  const fits = contract.schema.safeParse(value).success;
  return printableJson({ topic: contract.name, partition, offset, key, headers, fits, value });
}

/** A value as it lies there, without its secrets. */
function raw(value: Buffer | null, hide: Hide): string {
  const read = value === null ? undefined : parsed(value);
  return read === undefined ? String(hide(String(value))) : JSON.stringify(hide(read));
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(String(value)) as unknown;
  } catch {
    return undefined;
  }
}

const short = (text: string): string => (text.length > width ? `${cut(text, width - 1)}…` : text);
