import type { Platform } from '../platform.ts';

/** Nobody has two mails; whoever has none is held as in doubt, on record. */
export async function account(
  platform: Platform,
): Promise<{ readonly figures: Record<string, number>; readonly problems: string[] }> {
  const without = platform.without();
  const held = await platform.inDoubt(without);
  const { doubled } = platform;
  return {
    figures: { mails: platform.mails, doubled, 'in doubt': held, lost: without.length - held },
    problems: [
      ...(doubled > 0 ? [`${String(doubled)} mails went out twice`] : []),
      ...(without.length > held
        ? [`${String(without.length - held)} people have neither a mail nor a record of why: ${without.slice(0, 5).join(', ')}`]
        : []),
    ],
  };
}
