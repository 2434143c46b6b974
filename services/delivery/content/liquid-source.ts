import { Liquid, Tokenizer, TokenKind, type TagToken } from 'liquidjs';

/** One `{{ … }}` or `{% … %}` of a template's source. */
export interface LiquidPart {
  readonly kind: 'output' | 'tag';
  readonly text: string;
  /** Of its first sign, and behind its last one. */
  readonly begin: number;
  readonly end: number;
  /** One-based. */
  readonly line: number;
  /** A tag's: `if`, `endif`, `for` … */
  readonly name: string;
}

const { options } = new Liquid();

/** The Liquid of a source, in its order. Throws Liquid's own error, with the line, where a bracket is not closed. */
export function liquidParts(source: string): LiquidPart[] {
  let line = 1;
  let counted = 0;
  return new Tokenizer(source).readTopLevelTokens(options).flatMap((token) => {
    if (token.kind !== TokenKind.Output && token.kind !== TokenKind.Tag) return [];
    const { begin, end } = token;
    line += newlines(source, counted, begin);
    counted = begin;
    const isTag = token.kind === TokenKind.Tag;
    const name = isTag ? (token as TagToken).name : '';
    return [{ kind: isTag ? ('tag' as const) : ('output' as const), text: source.slice(begin, end), begin, end, line, name }];
  });
}

/** The source with every part replaced. */
export function replaceParts(
  source: string,
  parts: readonly LiquidPart[],
  by: (part: LiquidPart, index: number) => string,
): string {
  const pieces: string[] = [];
  let from = 0;
  parts.forEach((part, index) => {
    pieces.push(source.slice(from, part.begin), by(part, index));
    from = part.end;
  });
  return pieces.join('') + source.slice(from);
}

/** The one-based line of an offset. */
export const lineAt = (source: string, offset: number): number => newlines(source, 0, offset) + 1;

function newlines(source: string, from: number, to: number): number {
  let count = 0;
  for (let at = source.indexOf('\n', from); at !== -1 && at < to; at = source.indexOf('\n', at + 1)) count += 1;
  return count;
}
