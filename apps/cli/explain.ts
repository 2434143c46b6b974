import { existsSync } from 'node:fs';
import { localFile } from './installation-files.ts';
import { printableLines } from './printable.ts';

/** What went wrong on the way is told by its message; only a bug deserves its stack. */
export class Refusal extends Error {}

const told = ['PlaybookError', 'Refusal', 'TemplateError'];
const noAnswer = ['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** What to do where a server does not answer: there may be none, for nothing was started. */
export const startIt = (): string =>
  existsSync(localFile())
    ? 'If it has ended, run `npm start`; for servers of your own, check KAFKA_BROKERS, DATABASE_URL and HITO_SERVICES.'
    : 'Run `npm start`, or set KAFKA_BROKERS, DATABASE_URL and HITO_SERVICES to servers of your own.';

/** What to print of an error: lines of our own words, whatever of records or servers is in them. */
export const explain = (error: unknown): string => printableLines(explained(error));

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name } = error.constructor;
  if (told.includes(name)) return error.message;
  if (name === 'EnvironmentError') return existsSync(localFile()) ? error.message : `${error.message}\n${startIt()}`;
  const { code } = error as NodeJS.ErrnoException;
  const inner = error instanceof AggregateError ? error.errors.map(String).join('; ') : '';
  if (code !== undefined && noAnswer.includes(code)) return `No answer: ${error.message || inner}. ${startIt()}`;
  // A file or folder that is not there, not ours, or no folder; fetch tells the same of a server in its cause.
  if (code !== undefined && (error as NodeJS.ErrnoException).syscall !== undefined) return error.message;
  if (error instanceof TypeError && error.cause instanceof Error) return explained(error.cause);
  if (error.name === 'TimeoutError') return `No answer in time: ${error.message}. ${startIt()}`;
  if (name.startsWith('Kafka'))
    return /ECONN|ENOTFOUND|ETIMEDOUT|Connection (error|timeout)/i.test(error.message)
      ? `No answer from the broker: ${error.message}. ${startIt()}`
      : `The broker: ${error.message}. Do KAFKA_BROKERS and the login fit?`;
  if (name === 'DatabaseError') return `The database: ${error.message}. Does DATABASE_URL name a role that may do this?`;
  return error.stack ?? error.message;
}
