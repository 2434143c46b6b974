import pg from 'pg';
import { services } from '#contracts';
import { schemaOf, withDatabase } from '../../launcher/database.ts';
import type { TableEvidence } from '../evidence.ts';

/** Reads the services' tables by the admin's connection. */
export const tableEvidence = (adminUrl: string, prefix: string): Promise<TableEvidence> =>
  withDatabase(adminUrl, async (client) => {
    const rows = async <Row extends pg.QueryResultRow>(service: string, sql: string): Promise<Row[]> => {
      await client.query(`set search_path to ${pg.escapeIdentifier(schemaOf(prefix, service))}`);
      return (await client.query<Row>(sql)).rows;
    };
    const tallies = new Map<string, number>();
    for (const service of services) {
      const counted = await rows<{ name: string; count: string }>(
        service,
        `select processor || '/' || name as name, sum(count) as count from tally group by 1`,
      );
      for (const { name, count } of counted) tallies.set(name, Number(count));
    }
    const persons = await rows<{ n: number }>('ingestion', 'select count(*)::int as n from profile_state');
    const reached = await rows<{ person: string; reached: Record<string, number> }>(
      'milestones',
      `select key as person, state->'reached' as reached from milestones_state_view`,
    );
    const stages = await rows<{ person: string; stage: string }>(
      'stages',
      `select key as person, state->>'stage' as stage from stages_state_view`,
    );
    const open = await rows<{ person: string; candidate: string; play: string; trigger: string; at: string }>(
      'orchestration',
      `select s.key as person, c->>'id' as candidate, c->>'play' as play, c->'trigger'->>'name' as trigger, c->>'occurredAt' as at
         from orchestration_state_view s, jsonb_array_elements(s.state->'open') c`,
    );
    const mails = await rows<{ id: string; person: string; state: string; email: string; replayed: boolean }>(
      'delivery',
      'select id, person_id as person, state, email, replayed from mail order by id',
    );
    return {
      tallies,
      persons: persons[0]?.n ?? 0,
      reached: new Map(reached.map((row) => [row.person, row.reached])),
      stages: new Map(stages.map(({ person, stage }) => [person, stage])),
      open: open.map(({ at, ...candidate }) => ({ ...candidate, occurredAt: Number(at) })),
      mails,
    };
  });
