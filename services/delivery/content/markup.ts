import { ErrorCodes, Tokenizer, TokenizerMode, type Token } from 'parse5';
import { attributeFault, type Written } from './attributes.ts';
import { Balance } from './balance.ts';
import { blockFaults, type Placed } from './blocks.ts';
import { cssFault } from './css.ts';
import type { Fault, Unchecked } from './fault.ts';
import { lineAt, liquidParts, replaceParts, type LiquidPart } from './liquid-source.ts';

export interface Markup {
  readonly faults: readonly Fault[];
  readonly unchecked: readonly Unchecked[];
}

const forbidden = new Set(
  'script iframe frame frameset fencedframe portal bgsound object embed applet base form textarea select svg math link template xmp plaintext mj-include'.split(
    ' ',
  ),
);
/** Pictures: those who do not see them hear `alt`. */
const unsaid = new Set(['img', 'mj-image']);
/** What mail programs mend, each in its own way. */
const broken: Partial<Record<ErrorCodes, string>> = {
  [ErrorCodes.duplicateAttribute]: 'an attribute stands twice in a tag; mail programs differ in which one they take.',
  [ErrorCodes.unexpectedCharacterInAttributeName]: 'a tag before this is not closed, or a quote is missing. Write > at its end.',
  [ErrorCodes.eofInTag]: 'a tag is not closed at the end of the file. Write > at its end.',
  [ErrorCodes.eofInComment]: 'a comment is not closed. Write --> where it ends.',
};
const rawText = new Set(['style', 'script', 'mj-style']);
/** The elements of MJML whose content it leaves as it is. Between all others it drops what is no element. */
const holdsText =
  /^mj-(text|table|raw|button|title|preview|style|accordion-(title|text)|navbar-link|social-element|breakpoint|selector|html-attribute)$/;

/**
 * Reads markup with Liquid inside as a browser's tokenizer does, and finds what may not be there: elements and attributes that run or load
 * something, addresses of other kinds, Liquid where a value could become markup (in a tag, an unquoted attribute, a style, a comment), and,
 * in MJML, what would be dropped without a word. Every branch of a block begins and ends in the same place, so what holds for the whole
 * source holds for every mail made of it. Throws Liquid's own error where the source is not Liquid.
 */
export function readMarkup(source: string, language: 'mjml' | 'html'): Markup {
  const parts = liquidParts(source);
  const faults: Fault[] = [];
  const unchecked: Unchecked[] = [];
  const places: Placed[] = [];
  const open: string[] = [];
  const balance = new Balance((offset) => lineAt(source, offset));
  let next = 0;
  let inside = '';
  let insideFrom = 0;
  const fault = (offset: number, message: string): void => void faults.push({ offset, message });
  /** The parts up to an offset that nobody has looked at yet. */
  const upTo = (end: number): LiquidPart[] => {
    const from = next;
    while (next < parts.length && (parts[next]?.begin ?? end) < end) next += 1;
    return parts.slice(from, next);
  };
  const refuse = (found: readonly LiquidPart[], where: string): void => {
    for (const { begin, text } of found) fault(begin, `${text} stands ${where}, where a value could become markup. Take it out.`);
  };
  const holder = (): string | undefined => open.at(-1);
  const dropped = (): boolean => language === 'mjml' && !holdsText.test(holder() ?? 'mjml');

  function inText(found: readonly LiquidPart[]): void {
    if (rawText.has(inside)) return refuse(found, `inside <${inside}>`);
    for (const part of found) {
      if (dropped())
        fault(
          part.begin,
          `MJML drops ${part.text}, as it stands between its elements (in ${holder() ?? 'no element'}). Write <mj-raw>${part.text}</mj-raw>.`,
        );
      places.push({ part, place: 'text' });
    }
  }

  function inStyle(end: number): void {
    const css = /style$/.test(inside) ? cssFault(source.slice(insideFrom, end)) : undefined;
    if (css !== undefined) fault(insideFrom, css);
  }

  function startTag(token: Token.TagToken): void {
    const { startOffset, endOffset, attrs } = token.location as Token.LocationWithAttributes;
    const { tagName } = token;
    inText(upTo(startOffset));
    const found = upTo(endOffset);
    if (forbidden.has(tagName)) fault(startOffset, `<${tagName}> is not for mails: take it out.`);
    const inValues = new Set<LiquidPart>();
    for (const { name, value } of token.attrs) {
      const range = attrs?.[name];
      if (range === undefined) continue;
      const written = writtenOf(source, range, name, value, found);
      for (const part of written.parts) inValues.add(part);
      const result = attributeFault(tagName, written);
      if (result.fault !== undefined) fault(range.startOffset, result.fault);
      if (result.unchecked !== undefined) unchecked.push(result.unchecked);
      for (const part of written.parts) places.push({ part, place: `${String(range.startOffset)} ${name}` });
    }
    refuse(
      found.filter((part) => !inValues.has(part)),
      `inside the tag <${tagName}>, outside of a quoted attribute`,
    );
    if (unsaid.has(tagName) && !token.attrs.some(({ name }) => name === 'alt'))
      fault(startOffset, `<${tagName}> needs alt: what the picture says, or alt="" where it says nothing.`);
    balance.begin(tagName, startOffset, token.selfClosing);
    if (!token.selfClosing && /^mj(ml$|-)/.test(tagName)) open.push(tagName);
    enter(tagName);
    insideFrom = endOffset;
  }

  function enter(tagName: string): void {
    inside = tagName;
    if (tagName === 'style') tokenizer.state = TokenizerMode.RAWTEXT;
    if (tagName === 'title') tokenizer.state = TokenizerMode.RCDATA;
  }

  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: true },
    {
      onStartTag: startTag,
      onEndTag(token) {
        const { startOffset, endOffset } = token.location as Token.Location;
        inText(upTo(startOffset));
        inStyle(startOffset);
        refuse(upTo(endOffset), 'inside a tag');
        balance.end(token.tagName, startOffset);
        if (holder() === token.tagName) open.pop();
        inside = holder() ?? '';
      },
      onComment(token) {
        const { startOffset, endOffset } = token.location as Token.Location;
        inText(upTo(startOffset));
        refuse(upTo(endOffset), 'inside a comment');
        const forOutlook = /^\[if[^\]]*\]>(.*?)(<!\[endif\])?$/is.exec(token.data)?.[1] ?? '';
        for (const { message } of readMarkup(forOutlook, 'html').faults)
          fault(startOffset, `in a comment for Outlook: ${message}`);
      },
      onDoctype(token) {
        refuse(upTo((token.location as Token.Location).endOffset), 'inside the doctype');
      },
      onCharacter(token) {
        const { startOffset, endOffset } = token.location as Token.Location;
        const ofLiquid = (at: number): boolean => parts.some(({ begin, end }) => at >= begin && at < end);
        const text = [...source.slice(startOffset, endOffset)].filter((_, i) => !ofLiquid(startOffset + i)).join('');
        if (text !== '' && dropped())
          fault(
            startOffset,
            `MJML drops "${text}", as it stands between its elements (in ${holder() ?? 'no element'}). Put it into mj-text.`,
          );
      },
      onWhitespaceCharacter: () => undefined,
      onNullCharacter(token) {
        fault((token.location as Token.Location).startOffset, 'the sign U+0000 is no text: take it out.');
      },
      onEof(token) {
        const { endOffset } = token.location as Token.Location;
        inText(upTo(endOffset + 1));
        inStyle(endOffset);
      },
      onParseError({ code, startOffset }) {
        const message = broken[code];
        if (message !== undefined) fault(startOffset, message);
      },
    },
  );
  tokenizer.write(replaceParts(source, parts, ({ text }) => stand.repeat(text.length)).toWellFormed(), true);
  balance.finish();
  const unbalanced = language === 'mjml' ? balance.faults : [];
  return { faults: [...faults, ...unbalanced, ...blockFaults(places)].sort((a, b) => a.offset - b.offset), unchecked };
}

/** Stands for each sign of a part of Liquid: a letter, which a tag's name or an attribute's may hold, as a value may. */
const stand = 'x';

function writtenOf(source: string, range: Token.Location, name: string, value: string, found: readonly LiquidPart[]): Written {
  const { startOffset, endOffset } = range;
  const quoted = /^[^=]*=\s*["']/.exec(source.slice(startOffset, endOffset));
  const valueAt = quoted === null ? endOffset : startOffset + quoted[0].length;
  const parts = found.filter(({ begin, end }) => begin >= valueAt && end < endOffset);
  return { name, value, source: source.slice(valueAt, Math.max(valueAt, endOffset - 1)).trim(), parts };
}
