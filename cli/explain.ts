/** What went wrong on the way is told by its message; only a bug deserves its stack. */
export class Refusal extends Error {}

const told = ['EnvironmentError', 'PlaybookError', 'Refusal', 'TemplateError'];

export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (told.includes(error.constructor.name)) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  const inner = error instanceof AggregateError ? error.errors.map(String).join('; ') : '';
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT')
    return `No answer: ${error.message || inner}. Is it running, and is the address right?`;
  if (error.constructor.name.startsWith('Kafka'))
    return `The broker: ${error.message}. Is it running, and do KAFKA_BROKERS and the login fit?`;
  if (error.constructor.name === 'DatabaseError')
    return `The database: ${error.message}. Does DATABASE_URL name a role that may do this?`;
  return error.stack ?? error.message;
}
