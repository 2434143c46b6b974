import { services } from '#contracts';
import { applyDatabase, baseVariables, readVariables, variable } from '#platform';
import { Refusal } from './explain.ts';
import { loadFiles } from './installation-files.ts';

/** Makes roles and schemas and prints each service's DATABASE_URL. Throws Refusal, with the SQL printed, where the role may not. */
export async function databaseApply(): Promise<void> {
  loadFiles();
  const env = readVariables('hito database apply', {
    DATABASE_URL: variable(baseVariables.DATABASE_URL, {
      description: "to make the services' roles and schemas: an administrator's",
      example: 'postgres://postgres:password@127.0.0.1:5432/hito',
      secret: true,
    }),
    HITO_PREFIX: baseVariables.HITO_PREFIX,
  });
  const { applied, sql, urls } = await applyDatabase(env.DATABASE_URL, { services, prefix: env.HITO_PREFIX });
  if (!applied) process.stdout.write(sql);
  process.stderr.write(
    applied
      ? 'Every service has its role and schema. Give each its own DATABASE_URL, and no other:\n'
      : '\nThese are the URLs once that has been run:\n',
  );
  const say = applied ? process.stdout : process.stderr;
  for (const [service, url] of Object.entries(urls))
    say.write(`${service.padEnd(14)} ${url}${new URL(url).password === '' ? '   (the role keeps its password)' : ''}\n`);
  if (!applied)
    throw new Refusal(
      '\nThe role of DATABASE_URL may not create roles and schemas, so nothing was done: give the SQL above to somebody who may.',
    );
}
