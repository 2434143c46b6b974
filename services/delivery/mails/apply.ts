import { everyMail } from '#facts';
import { printed, type Sql } from '#stream';
import type { Effect, NewMail, Readdress, Suppress } from '../domain/effect.ts';
import type { Word } from '../domain/word.ts';
import { rowNames, type AddressHash } from './address-hash.ts';
import { variablesOfEnded } from './erase.ts';
import { keepWords } from './words.ts';

/**
 * Writes a batch's effects in their order: a mail asked for after a withdrawal is not stopped by it. What was said for mailboxes comes
 * last, as its order is that of its instants.
 */
export async function applyEffects(sql: Sql, partition: number, effects: readonly Effect[], hash: AddressHash): Promise<void> {
  for (const run of runs(effects.filter((effect) => effect.kind !== 'word'))) {
    const [first] = run;
    if (first?.kind === 'mail') await insert(sql, partition, run as NewMail[], hash);
    else if (first?.kind === 'suppress') await suppress(sql, partition, run as Suppress[]);
    else await unclaim(sql, partition, run as Readdress[]);
  }
  const words = effects.filter((effect): effect is Word => effect.kind === 'word');
  if (words.length > 0) await keepWords(sql, words, hash);
}

/** States of a mail that its server may have taken. */
const mayHaveLeft = "'claimed', 'data', 'in_doubt', 'accepted'";

type OwnRows = NewMail | Suppress | Readdress;

function runs(effects: readonly OwnRows[]): OwnRows[][] {
  const grouped: OwnRows[][] = [];
  for (const effect of effects) {
    const last = grouped.at(-1);
    if (last?.[0]?.kind === effect.kind) last.push(effect);
    else grouped.push([effect]);
  }
  return grouped;
}

/**
 * A candidate has one mail that may leave: a second decision about it, which a database that went back may lead to, is kept as
 * `suppressed`, and one of which the log knows what became begins as that.
 */
async function insert(sql: Sql, partition: number, mails: readonly NewMail[], hash: AddressHash): Promise<void> {
  const rows = mails.map((mail) => ({
    id: mail.id,
    person_id: mail.personId,
    play: mail.play,
    category: mail.category,
    legal: mail.legal,
    consent: mail.consent,
    template: mail.template,
    variables: mail.variables,
    locale: mail.locale,
    zone: mail.zone,
    email: mail.email,
    name: mail.name ?? null,
    replayed: mail.replayed,
    not_after: new Date(mail.notAfter).toISOString(),
    decided_at: new Date(mail.decidedAt).toISOString(),
    state: mail.suppressed === undefined ? 'pending' : 'suppressed',
    reason: mail.suppressed ?? null,
    rank: mail.legal ? 0 : 1,
    ...rowNames(mail.email === '' ? [] : hash.names(mail.email)),
    behaviour: mail.candidate.behaviour,
    day: mail.day,
    candidate: mail.candidate,
  }));
  await sql.query(
    `insert into mail (id, partition, person_id, play, category, legal, consent, template, variables, locale, zone, email,
                       name, replayed, not_after, decided_at, state, reason, counted_as, rank, settled_at, mailbox, mailbox_also, behaviour, day, candidate,
                       attempt, reply, doubted_at)
     select m.id, $1, person_id, play, category, legal, consent, template,
            case when s.state = 'suppressed' then ${variablesOfEnded} else variables end, locale, zone, email, name, replayed,
            not_after, decided_at, s.state, s.reason, m.state, rank, case when s.state in ('pending', 'in_doubt') then null else coalesce(r.settled_at, now()) end,
            mailbox::bytea, mailbox_also::bytea[], behaviour, day, m.candidate, coalesce(r.attempt, 0), r.reply, case when s.state = 'in_doubt' then now() end
     from jsonb_to_recordset($2::jsonb) as m (id uuid, person_id uuid, play text, category text, legal boolean,
       consent text, template text, variables jsonb, locale text, zone text, email text, name text, replayed boolean, not_after timestamptz,
       decided_at timestamptz, state text, reason text, rank smallint, mailbox text, mailbox_also text, behaviour boolean, day jsonb, candidate jsonb)
     left join recovered_mail r on r.id = m.id
     cross join lateral (select
       case when r.state is not null and m.state = 'pending' then r.state when again then 'suppressed' else m.state end as state,
       case when r.state is not null and m.state = 'pending' then r.reason when again then 'repeated' else m.reason end as reason
       from (select m.state = 'pending' and (
         exists (select from mail o where o.candidate->>'id' = m.candidate->>'id' and o.id <> m.id and o.state in (${mayHaveLeft}, 'pending'))
         or exists (select from recovered_mail o where o.candidate = m.candidate->>'id' and o.id <> m.id and o.state in (${mayHaveLeft}))
       ) as again) a) s
     on conflict (id) do nothing`,
    [partition, printed(rows).text],
  );
}

/** The mails found are announced by the partition's sender (`counted_as`). */
async function suppress(sql: Sql, partition: number, stops: readonly Suppress[]): Promise<void> {
  const named = stops.flatMap(({ personId, categories, reason }) =>
    categories.map((category) => ({ personId, category, reason })),
  );
  await sql.query(
    `update mail m set state = 'suppressed', reason = s.reason, lease_until = null, rendered = null, variables = ${variablesOfEnded}, settled_at = now()
     from unnest($2::uuid[], $3::text[], $4::text[]) as s (person_id, category, reason)
     where m.partition = $1 and m.person_id = s.person_id and m.state in ('pending', 'claimed') and not m.legal
       and s.category in (m.category, '${everyMail}')`,
    [partition, named.map((s) => s.personId), named.map((s) => s.category), named.map((s) => s.reason)],
  );
}

/** No marker is given to an attempt that was begun before: its token is gone. */
async function unclaim(sql: Sql, partition: number, moved: readonly Readdress[]): Promise<void> {
  await sql.query(
    `update mail m set state = 'pending', token = null, lease_until = null, retry_at = least(m.retry_at, clock_timestamp())
     from unnest($2::uuid[]) as p (person_id)
     where m.partition = $1 and m.person_id = p.person_id and m.state in ('pending', 'claimed')`,
    [partition, [...new Set(moved.map(({ personId }) => personId))]],
  );
}
