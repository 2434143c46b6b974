/**
 * Runs in the pod of load.mjs: compares who asked with the inbox and with the table of mails. Arguments: FROM_MS TO_MS, the time of asking
 * that the seconds from asking to the inbox are about. Prints JSON.
 */
import { readFileSync } from 'node:fs';
import pg from 'pg';

const [fromMs = 0, toMs = Date.now()] = process.argv.slice(2).map(Number);
const load = JSON.parse(readFileSync('/tmp/load.json', 'utf8'));
const lines = readFileSync('/tmp/people.jsonl', 'utf8');
const people = lines
  .slice(0, lines.lastIndexOf('\n') + 1)
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));

// Newest first: a mail that comes meanwhile moves one to the next page, which then shows it again.
const byNumber = new Map();
for (let page = 1; ; page += 1) {
  const answer = await fetch(`http://inbox:8025/api/mails?page=${page}`);
  const { mails: some } = await answer.json();
  for (const mail of some) byNumber.set(mail.n, mail);
  if (some.length < 1_000) break;
}
const mails = [...byNumber.values()];
const arrivals = new Map();
for (const { to, received_at } of mails)
  for (const address of to) arrivals.set(address, [...(arrivals.get(address) ?? []), Date.parse(received_at)]);

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const { rows: states } = await client.query(
  'select state, count(*)::int as n from hito_delivery.mail group by state order by state',
);
const { rows: valid } = await client.query(
  'select round(extract(epoch from not_after - decided_at) / 3600)::int as hours, count(*)::int as n from hito_delivery.mail group by 1 order by 1',
);
const { rows: doubtful } = await client.query("select email from hito_delivery.mail where state = 'in_doubt'");
await client.end();

const inDoubt = new Set(doubtful.map(({ email }) => email));
const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const asked = people.filter(({ askedMs }) => askedMs >= fromMs && askedMs <= toMs);
const seconds = sorted(
  asked.flatMap(({ email, askedMs }) => (arrivals.get(email) ?? []).slice(0, 1).map((at) => (at - askedMs) / 1_000)),
);
const times = sorted([...arrivals.values()].flat().filter((at) => at >= fromMs && at <= toMs));
const silences = times.slice(1).map((at, i) => (at - times[i]) / 1_000);
const share = (of, part) => of[Math.min(of.length - 1, Math.floor(of.length * part))] ?? null;

console.log(
  JSON.stringify({
    load,
    people: people.length,
    mails: mails.length,
    doubled: people.filter(({ email }) => (arrivals.get(email) ?? []).length > 1).map(({ email }) => email),
    without: people.filter(({ email }) => !arrivals.has(email) && !inDoubt.has(email)).map(({ email }) => email),
    inDoubt: inDoubt.size,
    others: Object.fromEntries(
      [...arrivals].filter(([address]) => !address.endsWith('@person.example')).map(([address, at]) => [address, at.length]),
    ),
    states: Object.fromEntries(states.map(({ state, n }) => [state, n])),
    validHours: Object.fromEntries(valid.map(({ hours, n }) => [hours, n])),
    seconds: { of: seconds.length, median: share(seconds, 0.5), p99: share(seconds, 0.99), longest: seconds.at(-1) ?? null },
    longestSilence: silences.length === 0 ? null : Math.max(...silences),
    takenWithin: Math.max(0, ...asked.map(({ askedMs, takenMs }) => (takenMs - askedMs) / 1_000)),
  }),
);
