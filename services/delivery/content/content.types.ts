import type { LinkSigner } from '../tracking/index.ts';
import type { Compiled } from './compile.ts';

/** What one mail is made of. The same input gives the same bytes: nothing here looks at a clock. */
export interface RenderInput {
  /** Name of the template, as the playbook's play says it. */
  readonly template: string;
  /** What the `sent` decision carries: of a milestone, a stage or an event. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** The person's BCP 47 tag; the template is looked up by es-MX → es → the default. */
  readonly locale: string;
  /** The person's IANA zone; dates are printed in it. */
  readonly zone: string;
  readonly name?: string | undefined;
  /** What the footer's link unsubscribes from. */
  readonly category: string;
  /** Mail that the law or a contract asks for has no such link. */
  readonly legal: boolean;
  readonly personId: string;
  readonly messageId: string;
  /** The decision's instant, epoch ms. */
  readonly decidedAt: number;
  readonly links: LinkSigner;
}

export interface Rendered {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** The mail cannot be made: what it needs is absent or unusable. Such a mail is not sent (`missing_required_variable`). */
export interface Missing {
  /** Dotted paths such as `aggregates.sum_minor`. */
  readonly missing: readonly string[];
  /** One of them is not absent: it leads where no value may lead. Such a mail is not sent either (`foreign_link`). */
  readonly foreign?: true;
}

/** What the frame of every mail shows and the templates do not know. */
export interface Frame {
  /** Printed at the foot of every mail; the law asks for it (HITO_POSTAL_ADDRESS). */
  readonly postalAddress: string;
  /** The language of those for whom no other fits; every template must exist in it. */
  readonly defaultLocale: string;
  /** Where values may lead (the playbook's `links.hosts`), beside what templates write out. */
  readonly linkHosts: readonly string[];
}

/** All templates of an installation, compiled. */
export interface Templates {
  readonly names: readonly string[];
  readonly frame: Frame;
  /** A template in every language that it is written in. */
  localesOf(name: string): readonly Compiled[];
  /** The template in the person's language, else the next of es-MX → es → default; nothing where there is no such template. */
  find(name: string, locale: string): Compiled | undefined;
}
