/** Something deterministic about what is to be written: trying again does not help, nothing was written. */
export class DataError extends Error {}

/**
 * What a failed transaction is about. `data`: what was to be written; the database has answered, so nothing was. `place`: the
 * connection, the server, its settings or its schema; waiting helps. `unknown`: it may be either, and the answer to COMMIT may be lost.
 */
export type ErrorKind = 'data' | 'place' | 'unknown';

/**
 * Classes of SQLSTATE that speak of values: cardinality, data, integrity, external routines, `raise exception` in a trigger, limits of
 * a row. Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const ofData = new Set(['21', '22', '23', '38', '39', 'P0', '54']);
/** Internal errors, among them allocations beyond 1 GB, may come from a value. */
const ofEither = new Set(['XX']);

const sqlState = /^[0-9A-Z]{5}$/;
/** How node and pg report a connection that is lost or cannot be had. */
const connection =
  /^Connection terminated|^timeout exceeded|^Query read timeout|connection error and is not queryable|^Cannot use a pool|^Client was closed|^Connection ended/;

/** What code throws at a value that it cannot work with; by name, since a test may have classes of its own. */
const ofCode = new Set(['TypeError', 'RangeError', 'SyntaxError']);

/** Tells what to do about an error of the database, or of the code that speaks with it. */
export function kindOf(error: unknown): ErrorKind {
  if (error instanceof DataError) return 'data';
  const { name, code, message, syscall } = error as Partial<Record<'name' | 'code' | 'message' | 'syscall', unknown>>;
  if (ofCode.has(String(name))) return 'data';
  if (syscall !== undefined || connection.test(String(message))) return 'place';
  if (typeof code !== 'string') return 'unknown';
  if (!sqlState.test(code) || code.startsWith('E')) return 'place';
  const sqlClass = code.slice(0, 2);
  return ofData.has(sqlClass) ? 'data' : ofEither.has(sqlClass) ? 'unknown' : 'place';
}
