import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAlias, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { explain } from './explain.ts';
import { lineOf } from './places.ts';
import { pathText, type Problem } from './problem.ts';
import { references } from './references.ts';
import { playbook, type PlaybookFile } from './schema.ts';

/** The rules of an installation and their version: the first 12 hex digits of the SHA-256 of the file's text. */
export interface Playbook extends PlaybookFile {
  readonly version: string;
}

/** A playbook that cannot be used; the message has one line per problem: file, line, key and what was expected. */
export class PlaybookError extends Error {
  override readonly name = 'PlaybookError';
}

/** Reads and checks a playbook file. Throws PlaybookError with one line per problem. */
export function loadPlaybook(file: string): Playbook {
  return parsePlaybook(read(file), file);
}

/** Checks a playbook's text; `file` is the name used in errors. Throws PlaybookError with one line per problem. */
export function parsePlaybook(text: string, file = 'playbook'): Playbook {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = yamlProblems(document).map(({ offset, message }) => `${file}:${String(lines.linePos(offset).line)}: ${message}`);
  if (syntax.length > 0) throw new PlaybookError(syntax.join('\n'));

  const value: unknown = document.toJS({ maxAliasCount: -1 });
  if (value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0))
    throw new PlaybookError(`${file}:1: is empty; expected rules, such as those of examples/shop/playbook.yaml`);
  const result = playbook.safeParse(value);
  const problems = result.success ? references(result.data) : explain(result.error.issues, playbook, value);
  if (!result.success || problems.length > 0) throw new PlaybookError(told(problems, file, document, lines));
  return { ...result.data, version: createHash('sha256').update(text).digest('hex').slice(0, 12) };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { message } = error as Error;
    throw new PlaybookError(`${file}: cannot be read (${message}); expected a playbook, such as examples/shop/playbook.yaml`);
  }
}

/** What is wrong before any rule is read. Anchors are refused: a rule stands where it is read, and its line is its own. */
function yamlProblems(document: Document): { offset: number; message: string }[] {
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    offset: pos[0],
    message: `not YAML: ${message}`,
  }));
  visit(document, {
    Alias: (_, node) => {
      if (isAlias(node))
        problems.push({ offset: node.range?.[0] ?? 0, message: `*${node.source}: expected no aliases; write the rule out` });
    },
  });
  return problems;
}

function told(problems: readonly Problem[], file: string, document: Document, lines: LineCounter): string {
  return problems
    .map(({ path, message }) => ({
      line: lineOf(document, lines, path),
      text: path.length === 0 ? message : `${pathText(path)}: ${message}`,
    }))
    .sort((a, b) => a.line - b.line)
    .map(({ line, text }) => `${file}:${String(line)}: ${text}`)
    .join('\n');
}
