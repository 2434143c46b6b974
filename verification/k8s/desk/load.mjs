/**
 * Runs in a pod: people ask for mail, PEOPLE_PER_SECOND of them, as an SDK calls: each call is repeated, with the same ids, until it is
 * taken. A line of /tmp/people.jsonl is a person whose call was taken. Ends its asking when /tmp/stop is there, and then stays.
 */
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { INGESTION_URL, WRITE_KEY, PEOPLE_PER_SECOND } = process.env;
const authorization = `Basic ${Buffer.from(`${WRITE_KEY.replace(/^[^:]*:/, '')}:`).toString('base64')}`;
const count = { asked: 0, taken: 0, repeated: 0 };
const open = new Set();

const call = (batch) =>
  fetch(`${INGESTION_URL}/v1/batch`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
    signal: AbortSignal.timeout(15_000),
  }).then(
    (answer) => answer.ok,
    () => false,
  );

async function person(n) {
  const askedMs = Date.now();
  const userId = `p-${askedMs}-${n}`;
  const email = `${userId}@person.example`;
  const event = (id, name, properties) => ({ type: 'track', messageId: `${userId}-${id}`, userId, event: name, properties });
  const batch = [
    { type: 'identify', messageId: `${userId}-i`, userId, traits: { email, locale: 'en', timezone: 'Europe/Madrid' } },
    event('v', 'Product Viewed', { product_id: 'p1' }),
    event('a', 'Product Added', { product_id: 'p1' }),
    event('r', 'Password Reset Requested', { reset_url: 'https://shop.example/reset/abc123' }),
  ];
  count.asked += 1;
  for (let waitMs = 500; !(await call(batch)); waitMs = Math.min(5_000, waitMs * 2)) {
    count.repeated += 1;
    await sleep(waitMs);
  }
  count.taken += 1;
  appendFileSync('/tmp/people.jsonl', `${JSON.stringify({ email, askedMs, takenMs: Date.now() })}\n`);
}

writeFileSync('/tmp/people.jsonl', '');
process.once('SIGTERM', () => process.exit(0));
for (let n = 0, next = Date.now(); ;) {
  if (!existsSync('/tmp/stop') && Date.now() >= next) {
    next += 1_000 / Number(PEOPLE_PER_SECOND);
    n += 1;
    const asking = person(n).finally(() => open.delete(asking));
    open.add(asking);
  }
  // Another process reads it at any time: whole, or as it was before.
  writeFileSync('/tmp/load.json.new', JSON.stringify({ ...count, open: open.size }));
  renameSync('/tmp/load.json.new', '/tmp/load.json');
  await sleep(Math.max(5, Math.min(100, next - Date.now())));
}
