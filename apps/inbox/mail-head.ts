import { decodeWords } from 'postal-mime';

/** What the list shows of a mail, read from its header alone. */
export interface MailHead {
  readonly from: string;
  readonly subject: string;
  readonly message_id: string;
  readonly date: string;
}

const blankLine = /\r?\n\r?\n/;

/** Reads the four fields; a missing one is empty. Folded lines are unfolded, encoded words decoded. */
export function readHead(raw: Buffer): MailHead {
  const text = raw.subarray(0, 65_536).toString('utf8');
  const head = text.slice(0, blankLine.exec(text)?.index ?? text.length).replace(/\r?\n(?=[ \t])/g, '');
  const fields = new Map<string, string>();
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  const field = (name: string): string => fields.get(name) ?? '';
  return {
    from: decodeWords(field('from')),
    subject: decodeWords(field('subject')),
    message_id: field('message-id').replace(/^<|>$/g, ''),
    date: field('date'),
  };
}
