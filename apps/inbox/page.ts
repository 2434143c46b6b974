import type { Email } from 'postal-mime';
import { document, escape, wide } from '../../local/html.ts';
import type { Entry } from './mailbox.ts';
import type { Page, Search } from './search.ts';

const link = (search: Search, page: number): string => {
  const query = new URLSearchParams({ page: String(page) });
  if (search.to !== undefined && search.to !== '') query.set('to', search.to);
  return `/?${escape(query.toString())}`;
};

const row = (entry: Entry): string =>
  `<tr><td class="n">${String(entry.n)}</td><td class="any">${escape(entry.to.join(', '))}</td><td class="any"><a href="/mails/${String(entry.n)}">${escape(entry.subject === '' ? '(no subject)' : entry.subject)}</a></td><td class="soft">${escape(entry.date)}</td></tr>`;

/** The list, newest first. */
export function listPage({ items, page, pages, total }: Page<Entry>, search: Search): string {
  const navigation = [
    page > 1 ? `<a href="${link(search, 1)}">Newest</a><a rel="prev" href="${link(search, page - 1)}">Newer</a>` : '',
    `<span class="soft">page ${String(page)} of ${String(pages)}</span>`,
    page < pages ? `<a rel="next" href="${link(search, page + 1)}">Older</a><a href="${link(search, pages)}">Oldest</a>` : '',
  ].join('');
  const nav = (name: string): string => `<nav aria-label="${name}">${navigation}</nav>`;
  const table = wide(
    'Mails',
    `<table><thead><tr><th class="n" scope="col">No.</th><th scope="col">To</th><th scope="col">Subject</th><th scope="col">Date</th></tr></thead><tbody>${items.map(row).join('\n')}</tbody></table>`,
  );
  return document(
    'Inbox',
    `<main><h1>Development inbox</h1><p class="soft">${total.toLocaleString('en')} ${total === 1 ? 'mail' : 'mails'}. Nothing here was sent to anybody.</p>
<form method="get" action="/" role="search"><label>Recipient contains<input type="search" name="to" value="${escape(search.to ?? '')}"></label><button>Search</button></form>
${total === 0 ? '<p>No mail matches.</p>' : `${nav('Pages')}${table}${nav('Pages, again')}`}</main>`,
  );
}

/** One mail: its head, its HTML part in a frame that can do nothing, its text part. */
export function mailPage(entry: Entry, mail: Email): string {
  const n = String(entry.n);
  const heads = [
    ['From', entry.from],
    ['To', entry.to.join(', ')],
    ['Date', entry.date],
    ['Message-ID', entry.message_id],
    ['Received', entry.received_at],
  ].map(([name = '', value = '']) => `<dt>${name}</dt><dd>${escape(value)}</dd>`);
  const html = `<h2 id="html">HTML part</h2><iframe title="HTML part of this mail" sandbox="allow-popups" src="/mails/${n}/html"></iframe>`;
  return document(
    entry.subject,
    `<main><nav aria-label="Mail"><a href="/">Inbox</a><a href="/?to=${encodeURIComponent(entry.to[0] ?? '')}">All to this person</a><a href="/mails/${n}/raw">Source</a></nav>
<h1>${escape(entry.subject)}</h1><dl>${heads.join('')}</dl>
${mail.html === undefined ? '' : html}
<h2 id="text">Text part</h2>${mail.text === undefined ? '<p class="bad">This mail has no text part.</p>' : `<pre>${escape(mail.text.trimEnd())}</pre>`}</main>`,
  );
}
