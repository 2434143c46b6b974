import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { playbook, type PlaybookFile } from './schema.ts';

/** The rules of an installation and their version: the first 12 hex digits of the SHA-256 of the file's text. */
export interface Playbook extends PlaybookFile {
  readonly version: string;
}

/** A playbook that cannot be used; the message names file, line and what was expected. */
export class PlaybookError extends Error {}

/** Reads and checks a playbook file. Throws PlaybookError with one line per problem. */
export function loadPlaybook(file: string): Playbook {
  return parsePlaybook(readFileSync(file, 'utf8'), file);
}

export function parsePlaybook(text: string, file = 'playbook'): Playbook {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): string => `${file}:${String(lines.linePos(offset).line)}`;
  const syntax = document.errors[0];
  if (syntax !== undefined) throw new PlaybookError(`${at(syntax.pos[0])}: ${syntax.message}`);
  const result = playbook.safeParse(document.toJS());
  if (!result.success) throw new PlaybookError(result.error.issues.map((i) => `${file}: ${i.path.join('.')}: ${i.message}`).join('\n'));
  return { ...result.data, version: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}
