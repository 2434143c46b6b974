import { document, escape, wide } from '../html.ts';
import { charts } from './charts.ts';
import type { ServiceLine, Status } from './collect.ts';
import type { History } from './history.ts';

const number = (n: number): string => n.toLocaleString('en');
/** A number, and where it leads: to what it counts. */
const figure = (value: string, label: string, to: string): string =>
  `<div><b><a href="${escape(to)}">${escape(value)}</a></b>${escape(label)}</div>`;
const moment = (iso: string | null): string => (iso === null ? '–' : `${iso.slice(0, 16).replace('T', ' ')} UTC`);

function serviceRow({ name, internalUrl, up, notReady, clock, watermark, lagRecords, waitsFor, alarms }: ServiceLine): string {
  const state =
    alarms.length > 0
      ? `<span class="bad">stopped: ${escape(alarms.join('; '))}</span>`
      : up
        ? notReady === null
          ? '<span class="good">ready</span>'
          : `<span class="bad">not ready: ${escape(notReady)}</span>`
        : `<span class="bad">down: ${escape(notReady ?? '')}</span>`;
  return `<tr><th scope="row">${escape(name)}</th><td>${state}</td><td>${escape(clock)}</td><td>${moment(watermark)}</td><td class="n">${number(lagRecords)}</td><td class="soft">${escape(waitsFor.join(', '))}</td><td><a href="${escape(internalUrl)}/metrics">metrics</a> <a href="/logs/${encodeURIComponent(name)}">log</a></td></tr>`;
}

const listOf = (counts: Readonly<Record<string, number>>): string =>
  Object.keys(counts).length === 0
    ? '<p class="soft">none yet</p>'
    : `<dl>${Object.entries(counts)
        .map(([name, count]) => `<dt>${escape(name)}</dt><dd>${number(count)}</dd>`)
        .join('')}</dl>`;

const refusedTable = (refused: Status['refused']): string =>
  refused.length === 0
    ? '<p class="soft">none</p>'
    : wide(
        'Refused calls and records',
        `<table><thead><tr><th scope="col">Service</th><th scope="col">By</th><th scope="col">Source</th><th scope="col">Reason</th><th class="n" scope="col">Count</th></tr></thead><tbody>${refused
          .map(
            ({ service, processor, source, reason, count }) =>
              `<tr><th scope="row">${escape(service)}</th><td>${escape(processor)}</td><td>${escape(source)}</td><td>${escape(reason)}</td><td class="n">${number(count)}</td></tr>`,
          )
          .join('')}</tbody></table>`,
      ) + '<p class="soft"><code>npx hito dead-letters ls</code> shows when, why and a sample.</p>';

const breakerTable = (breakers: Status['breakers']): string =>
  breakers.length === 0
    ? '<p class="soft">delivery does not run</p>'
    : wide(
        'Where mail leaves',
        `<table><thead><tr><th scope="col">By</th><th scope="col">Process</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">What to do</th></tr></thead><tbody>${breakers
          .map(
            ({ name, process, open, since, trouble }) =>
              `<tr><th scope="row">${escape(name)}</th><td>${escape(process)}</td><td><span class="${open ? 'good">open' : 'bad">closed'}</span></td><td>${moment(since)}</td><td>${escape(trouble ?? 'nothing')}</td></tr>`,
          )
          .join('')}</tbody></table>`,
      );

const counts = <Row extends { readonly count: number }>(rows: readonly Row[], name: (row: Row) => string): string =>
  listOf(Object.fromEntries(rows.map((row) => [name(row), row.count])));

/** The first page of the local start. */
export function statusPage(status: Status, logs: readonly string[], history: History): string {
  const metricsOf = (service: string): string =>
    `${status.services.find((one) => one.service === service)?.internalUrl ?? ''}/metrics`;
  const live = status.services.some(({ clock }) => clock === 'live');
  return document(
    'Hito',
    `<main><h1>Hito</h1><p class="soft">${escape(status.phase)}. This page renews itself every three seconds; <a href="/status.json">as JSON</a>.</p>
<div class="figures">${figure(moment(status.virtual), live ? 'time (live)' : 'virtual date', '#services')}${figure(number(status.people), 'people', '#people')}${figure(number(status.milestones), 'milestones', metricsOf('milestones'))}${figure(number(status.mails['accepted'] ?? 0), 'mails accepted', status.inbox ?? '#mails')}${figure(number(status.lagRecords), 'records to be taken', '#services')}</div>
${status.inbox === null ? '' : `<p><a href="${escape(status.inbox)}">Development inbox</a>: every mail, to be read</p>`}
<h2>The last hour</h2>${charts(history)}
<h2 id="services">Services</h2>${wide('Services', `<table><thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col">Clock</th><th scope="col">Watermark</th><th class="n" scope="col">Lag</th><th scope="col">Waits for</th><th scope="col">More</th></tr></thead><tbody>${status.services.map(serviceRow).join('\n')}</tbody></table>`)}
<h2 id="people">People by stage</h2>${listOf(status.peopleByStage)}
<h2 id="mails">Mails</h2>${listOf(status.mails)}
<h2>Where mail leaves</h2>${breakerTable(status.breakers)}
<h2>Mails suppressed, by reason</h2>${counts(status.suppressed, ({ reason }) => reason)}
<h2>Refused calls and records</h2>${refusedTable(status.refused)}
<h2>Conditions of the playbook that came to no answer</h2>${counts(status.conditions, ({ rule, reason }) => `${rule}: ${reason}`)}
<h2>Processes</h2>${wide('Processes', `<table><thead><tr><th scope="col">Process</th><th scope="col">State</th><th class="n" scope="col">Pid</th><th class="n" scope="col">Restarts</th><th scope="col">Last exit</th></tr></thead><tbody>${status.processes.map(({ name, state, pid, restarts, lastExit }) => `<tr><th scope="row">${escape(name)}</th><td>${escape(state)}</td><td class="n">${String(pid ?? '')}</td><td class="n">${String(restarts)}</td><td>${escape(lastExit ?? '')}</td></tr>`).join('')}</tbody></table>`)}
<h2>Logs</h2><p>${logs.map((name) => `<a href="/logs/${encodeURIComponent(name)}">${escape(name)}</a>`).join(' · ')}</p></main>`,
    true,
  );
}

export const logPage = (name: string, tail: string): string =>
  document(
    `Log of ${name}`,
    `<main><nav><a href="/">Status</a></nav><h1>Log of ${escape(name)}</h1><p class="soft">Its last 500 lines.</p><pre>${escape(tail)}</pre></main>`,
  );
