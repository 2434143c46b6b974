/** The name under which what became of a mail is counted: /metrics reads play, template and category from it. */
export const mailTally = (
  what: 'outcomes' | 'opened' | 'clicked',
  which: string,
  { play, template = '', category }: { readonly play: string; readonly template?: string; readonly category: string },
): string => `${what}.${which}/${play}/${template}/${category}`;
