import { createHash } from 'node:crypto';
import type { CategoryTitles } from './category-titles.ts';

/** The pages that a reader of a mail may come to. */
export type Page =
  | { readonly kind: 'ask'; readonly category: string; readonly linkForAll: string | undefined }
  | { readonly kind: 'done'; readonly category: string }
  | { readonly kind: 'later'; readonly category: string }
  | { readonly kind: 'broken' }
  | { readonly kind: 'expired' };

const languages = ['es', 'en'] as const;
export type Language = (typeof languages)[number];

/** The first of these languages that there is a page in. */
export const negotiate = (accepted: readonly string[]): Language =>
  accepted
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag): tag is Language => languages.some((language) => language === tag)) ?? 'en';

const words = {
  es: {
    kinds: {
      milestone: 'correos sobre tus hitos',
      lifecycle: 'correos sobre tu actividad',
      all: 'correos que no sean imprescindibles',
    },
    other: (category: string) => `correos de tipo «${category}»`,
    ask: 'Dejar de recibir correos',
    askText: (kind: string) => `Con este botón dejas de recibir ${kind}. Nada cambia hasta que lo pulses.`,
    yes: 'Dejar de recibirlos',
    all: 'No recibir ningún correo',
    allText: 'También puedes dejar de recibir todos los correos, salvo los imprescindibles, como el cambio de contraseña.',
    done: 'Hecho',
    doneText: (kind: string) => `Ya no recibirás ${kind}. Puedes cerrar esta página.`,
    later: 'No hemos podido anotarlo',
    laterText: 'Algo falla por nuestra parte. Vuelve a intentarlo dentro de un minuto.',
    again: 'Intentarlo otra vez',
    broken: 'Este enlace no es válido',
    brokenText: 'Quizá se cortó al copiarlo. Abre el enlace del correo, o responde al correo y lo haremos por ti.',
    expired: 'Este enlace ha caducado',
    expiredText: 'El correo es de hace mucho tiempo. Responde al correo si necesitas algo de él.',
  },
  en: {
    kinds: {
      milestone: 'mails about your milestones',
      lifecycle: 'mails about your activity',
      all: 'mails that are not essential',
    },
    other: (category: string) => `mails of the kind “${category}”`,
    ask: 'Stop getting mails',
    askText: (kind: string) => `With this button you stop getting ${kind}. Nothing changes until you press it.`,
    yes: 'Stop these mails',
    all: 'Stop all mails',
    allText: 'You can also stop all mails but the essential ones, such as a change of password.',
    done: 'Done',
    doneText: (kind: string) => `You will get no more ${kind}. You can close this page.`,
    later: 'We could not note it down',
    laterText: 'Something is wrong on our side. Please try again in a minute.',
    again: 'Try again',
    broken: 'This link is not valid',
    brokenText:
      'It may have been cut when it was copied. Open the link in the mail, or answer the mail and we will do it for you.',
    expired: 'This link has expired',
    expiredText: 'The mail was sent a long time ago. Answer it if you need something of it.',
  },
};

const style =
  ':root{color-scheme:light dark;--paper:light-dark(#fff,#1b2229);--ink:light-dark(#22303c,#e4e7ea);--accent:light-dark(#0b5d5b,#6fc9c4);--on:light-dark(#fff,#10161b)}' +
  'body{margin:0;background:light-dark(#f4f1ea,#10161b);color:var(--ink);font:18px/1.55 Georgia,serif}main{max-width:34rem;margin:12vh auto;padding:2rem;background:var(--paper);overflow-wrap:anywhere}' +
  'h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}button{font:inherit;padding:.8rem 1.4rem;border:0;border-radius:6px;background:var(--accent);color:var(--on);cursor:pointer}' +
  'button.quiet{background:var(--paper);color:var(--accent);box-shadow:inset 0 0 0 2px var(--accent)}button:focus-visible{outline:3px solid light-dark(#c4541a,#ff9d66);outline-offset:3px}form{margin:0 0 2rem}form:last-child{margin:0}';

/** The only style that a page may have. */
export const stylePolicy = `'sha256-${createHash('sha256').update(style).digest('base64')}'`;

/** A page without scripts and without anything from elsewhere. */
export function page(language: Language, content: Page, titles: CategoryTitles = () => undefined): string {
  const say = words[language];
  const kindOf = (category: string): string => {
    const title = titles(category, language);
    if (title !== undefined) return escape(title);
    return escape(Object.hasOwn(say.kinds, category) ? say.kinds[category as keyof typeof say.kinds] : say.other(category));
  };
  switch (content.kind) {
    case 'ask':
      return frame(
        language,
        say.ask,
        `<p>${say.askText(kindOf(content.category))}</p>${form('', say.yes)}` +
          (content.linkForAll === undefined ? '' : `<p>${say.allText}</p>${form(content.linkForAll, say.all, 'quiet')}`),
      );
    case 'done':
      return frame(language, say.done, `<p role="status">${say.doneText(kindOf(content.category))}</p>`);
    case 'later':
      return frame(language, say.later, `<p role="alert">${say.laterText}</p>${form('', say.again)}`);
    case 'broken':
      return frame(language, say.broken, `<p>${say.brokenText}</p>`);
    case 'expired':
      return frame(language, say.expired, `<p>${say.expiredText}</p>`);
  }
}

const frame = (language: Language, title: string, body: string): string =>
  `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>` +
  `<style>${style}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

/** An empty address is the page's own; any other is relative to it. */
const form = (token: string, label: string, look = ''): string =>
  `<form method="post"${token === '' ? '' : ` action="${token}"`}><input type="hidden" name="List-Unsubscribe" value="One-Click">` +
  `<button type="submit"${look === '' ? '' : ` class="${look}"`}>${label}</button></form>`;

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
