import { encodeWord, foldLines } from 'nodemailer/lib/mime-funcs';
import { encode, wrap } from 'nodemailer/lib/qp';
import { cut, inOrder, oneLine, wellFormed } from '#facts';

/** A mail's parts before they are bytes. */
export interface Message {
  /** Of the mail: the boundary is made of it. */
  readonly id: string;
  /** `address` as `parseAddress` gives it; so is `to`. */
  readonly from: { readonly name: string; readonly address: string };
  readonly to: string;
  readonly subject: string;
  /** With its angle brackets. */
  readonly messageId: string;
  /** Epoch ms. */
  readonly date: number;
  /** Further headers, each one unfolded line of ASCII: a folded List-Unsubscribe is not read by every provider. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  readonly html: string;
}

/** Longer subjects end with the grapheme before: no reader shows more, and header blocks have a limit at every relay. */
const longestSubject = 500;
/** RFC 5322, 2.1.1, without the line end. */
const longestLine = 998;

/**
 * The bytes of a mail with a text and an HTML part; the same message gives the same bytes. Headers are ASCII, except a `To` whose
 * local part is not (RFC 6532). nodemailer's functions encode and fold; its builder, which calls them in streams, takes four times as
 * long (ADR 2).
 *
 * Throws where a header that must be one line of ASCII is none.
 */
export function messageBytes({ id, from, to, subject, messageId, date, lines, text, html }: Message): Buffer {
  // `=_` stands in no quoted-printable text (RFC 2045, 6.7): no body can end its part.
  const boundary = `=_${id.replaceAll('-', '')}`;
  const all: readonly string[] = [
    folded('From', from.name === '' ? from.address : `${phrase(from.name)} <${from.address}>`),
    // The parser's spelling is an addr-spec, and short enough for one line.
    `To: ${to}`,
    folded('Subject', words(short(subject))),
    bare('Message-ID', messageId),
    bare('Date', new Date(date).toUTCString().replace('GMT', '+0000')),
    'MIME-Version: 1.0',
    ...lines.map(([name, value]) => bare(name, value)),
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"`,
    '',
    ...part(boundary, 'text/plain', text),
    ...part(boundary, 'text/html', html),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(all.join('\r\n'));
}

/** Cut before it is put in order: the cut may take the end of an isolate. */
const short = (text: string): string => inOrder(cut(oneLine(text), longestSubject)).trim();

const folded = (name: string, value: string): string => foldLines(`${name}: ${value}`, 76);

const part = (boundary: string, type: string, content: string): string[] => [
  `--${boundary}`,
  `Content-Type: ${type}; charset=utf-8`,
  'Content-Transfer-Encoding: quoted-printable',
  '',
  wrap(encode(wellFormed(content).replace(/\r\n?|\n/g, '\r\n'))),
];

/** Text as encoded words (RFC 2047) where a reader would otherwise see another text, or where it cannot be folded. */
const words = (text: string): string => (/[^ -~]|=\?|\S{61}/.test(text) ? encoded(text) : text);

/** The name before an address: bare words, a quoted string or encoded words. */
function phrase(name: string): string {
  const line = short(name);
  if (/^[\w ]*$/.test(line) && words(line) === line) return line;
  return words(line) === line ? `"${line.replace(/["\\]/g, '\\$&')}"` : encoded(line);
}

function encoded(text: string): string {
  const letters = text.replace(/[^A-Za-z]/g, '').length;
  return encodeWord(text, letters * 2 > text.length ? 'Q' : 'B', 52);
}

function bare(name: string, value: string): string {
  if (/[^ -~]/.test(value) || name.length + 2 + value.length > longestLine)
    throw new Error(`The header ${name} cannot be written in one line of ASCII: ${cut(oneLine(value), 200)}`);
  return `${name}: ${value}`;
}
