import { createHash } from 'node:crypto';

/** Text made safe for element content and quoted attributes. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? sign);

const style = `
:root { color-scheme: light dark; --line: light-dark(#d8dbe0, #3a3f47); --soft: light-dark(#5a6270, #a2abb8); --accent: light-dark(#0b57d0, #8ab4f8); --bad: light-dark(#b3261e, #f2b8b5); --good: light-dark(#146c2e, #6dd58c); }
* { box-sizing: border-box } body { background: Canvas; color: CanvasText; font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } a { color: var(--accent) } .soft { color: var(--soft) } .bad { color: var(--bad) } .good { color: var(--good) }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top } .wide { overflow-x: auto } td.any { overflow-wrap: anywhere; min-width: 7rem } td.n, th.n { text-align: right; padding-right: 1.75rem; font-variant-numeric: tabular-nums }
form { display: flex; gap: .5rem; flex-wrap: wrap; align-items: end; margin: 1rem 0 } label { display: grid; font-size: .9rem } input, button { font: inherit; padding: .35rem .6rem; border: 1px solid var(--line); border-radius: 4px }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0 } pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid var(--line); border-radius: 4px; font-size: .85rem } iframe { width: 100%; height: 40rem; border: 1px solid var(--line); border-radius: 4px; background: #fff }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 1rem 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere; min-width: 0 } h3 { font-size: 1rem; margin: 1rem 0 .25rem } .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .75rem 1.5rem } figure { margin: 0; min-width: 0 } figure svg { display: block; width: 100%; height: 3rem; border-bottom: 1px solid var(--line); fill: var(--accent) } figcaption { overflow-wrap: anywhere; font-size: .9rem }
.figures { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0 } .figures b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums }
`;

/** A table that scrolls sideways on its own where the window is narrow, by keyboard too. */
export const wide = (name: string, table: string): string =>
  `<div class="wide" role="region" aria-label="${escape(name)}" tabindex="0">${table}</div>`;

/** Every three seconds: takes what is new of the page, and leaves place and focus as they are. */
const renewal = `
setInterval(async () => {
  const main = document.querySelector('main')
  const reachable = () => [...document.querySelectorAll('main a, main [tabindex]')]
  try {
    const answer = await fetch(location.href)
    const text = await answer.text()
    const fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('main')
    if (fresh === null || fresh.innerHTML === main.innerHTML) return
    const at = reachable().indexOf(document.activeElement)
    main.innerHTML = fresh.innerHTML
    reachable()[at]?.focus({ preventScroll: true })
  } catch {
    main.querySelector('p').textContent = 'This page gets no answer. What it shows is old. Look whether the start still runs.'
  }
}, 3000)
`;

/** A whole page; a renewed one asks for its own news. */
export const document = (title: string, body: string, renewed = false): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escape(title)}</title>
<style>${style}</style></head>
<body>${body}${renewed ? `<script>${renewal}</script>` : ''}</body></html>`;

/** Nothing but own styles and the one script that renews a page. */
export const pagePolicy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(renewal).digest('base64')}'; connect-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'`;
