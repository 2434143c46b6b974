import { encodeWords, foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';

const plainAddress = /^[\w.+-]+@[\w.-]+$/;

/** A `From` or `To` line; most addresses need no encoding at all. */
export const addressLine = (name: 'From' | 'To', value: string): string =>
  plainAddress.test(value) ? `${name}: ${value}` : builtLine(name, value);

/** A line for people to read: encoded words where it is not ASCII, folded. A line break in it becomes a blank. */
export const textLine = (name: string, value: string): string =>
  foldLines(`${name}: ${encodeWords(value.replace(/\s*[\r\n]+\s*/g, ' '), 'Q', 52)}`, 76);

/** One line, neither encoded nor folded: a folded List-Unsubscribe is not read by everyone. Throws on a line break. */
export function bareLine(name: string, value: string): string {
  if (/[^ -~]/.test(value)) throw new Error(`The header ${name} cannot be written in one line of ASCII: ${value}`);
  return `${name}: ${value}`;
}

function builtLine(name: string, value: string): string {
  const lines = new MimeNode('text/plain').setHeader(name, value).buildHeaders();
  return new RegExp(`^${name}: .*(?:\r\n[ \t].*)*`, 'm').exec(lines)?.[0].replace(/\r$/, '') ?? `${name}: `;
}
