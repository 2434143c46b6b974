import { readAddress } from './address.ts';
import { cssFault } from './css.ts';
import type { LiquidPart } from './liquid-source.ts';
import type { Unchecked } from './fault.ts';

/** An attribute as it stands in a template. */
export interface Written {
  readonly name: string;
  /** Read as a browser reads it, entities and all. */
  readonly value: string;
  /** Its value as written, between the quotes. */
  readonly source: string;
  /** The Liquid in its value; none where it has no quotes. */
  readonly parts: readonly LiquidPart[];
}

export interface Judged {
  readonly fault?: string;
  readonly unchecked?: Unchecked;
}

const pictures = new Set(['src', 'background', 'background-url', 'poster', 'thumbnails-src']);
const others = new Set(
  'srcset imagesrcset action formaction data xlink:href ping cite longdesc codebase manifest lowsrc dynsrc archive classid srcdoc profile http-equiv attributionsrc icon'.split(
    ' ',
  ),
);
/** A value in these is read by people, and by nobody else. */
const said = new Set(['alt', 'title', 'lang', 'aria-label', 'summary', 'abbr']);
const sized = new Set(['style', 'width', 'height']);
const numeric = /\|\s*(plus|minus|times|divided_by|modulo|abs|ceil|floor|round|at_most|at_least|size)\b[^|]*-?\}\}$/;
/** What the frame gives to the layout is ours: signed, or the sender's own. */
const framed = /^\{\{-?\s*frame\.(cta|unsubscribe|pixel)_url\s*-?\}\}$/;
const linked = /\|\s*link\s*-?\}\}$/;

/** What is wrong with an attribute, and whether its address has yet to be checked when a mail is made. */
export function attributeFault(tagName: string, written: Written): Judged {
  const { name, value, source, parts } = written;
  if (name.startsWith('on')) return { fault: `${name} is a script, which no mail program runs. Take it out.` };
  if (name === 'http-equiv' && tagName === 'meta' && parts.length === 0 && !/refresh|set-cookie/i.test(value)) return {};
  if (others.has(name)) return { fault: `${name} is not for mails: take it out.` };
  if (name === 'href') return parts.length > 0 ? ofLiquid(name, source, parts, 'address') : literalLink(value);
  if (pictures.has(name))
    return parts.length > 0 && name === 'src' ? ofLiquid(name, source, parts, 'picture') : literalPicture(name, value, parts);
  const css = name === 'style' ? cssFault(value) : undefined;
  if (css !== undefined) return { fault: css };
  const outputs = parts.filter(({ kind }) => kind === 'output');
  if (said.has(name) || outputs.every(({ text }) => sized.has(name) && numeric.test(text))) return {};
  return {
    fault: `${outputs[0]?.text ?? ''} stands in ${name}, where a value could change how the mail looks or acts. Write it out, or choose with {% if %} around the element.`,
  };
}

function ofLiquid(name: string, source: string, parts: readonly LiquidPart[], filter: Unchecked['filter']): Judged {
  const [part] = parts;
  if (part === undefined || parts.length > 1 || part.kind !== 'output' || part.text !== source)
    return {
      fault: `${name}="${source}" must be one {{ … }} and nothing else. Put the address together in it: {{ 'https://shop.example/orders/' | append: properties.id | link }}.`,
    };
  if (framed.test(part.text) || (name === 'href' && linked.test(part.text))) return {};
  return { unchecked: { offset: part.end - (part.text.endsWith('-}}') ? 3 : 2), filter } };
}

function literalLink(value: string): Judged {
  const address = readAddress(value);
  if (address === undefined)
    return {
      fault: `href="${value}" leads to nothing that a mail may lead to: https, http, mailto, tel or an #anchor of its own.`,
    };
  return address.web ? { fault: `href="${value}" must go through the filter link: href="{{ '${value}' | link }}".` } : {};
}

function literalPicture(name: string, value: string, parts: readonly LiquidPart[]): Judged {
  if (parts.length > 0) return { fault: `${name} takes no value of Liquid. Write the address out.` };
  if (name !== 'src' && value === '') return {};
  return readAddress(value)?.web === true ? {} : { fault: `${name}="${value}" must be an http or https address.` };
}
