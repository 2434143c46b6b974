import { services } from '#contracts';
import { applyDatabase, baseVariables, readVariables, variable } from '#platform';
import { Refusal } from './explain.ts';
import { givenPasswords, withoutPasswords } from './given-passwords.ts';
import { loadFiles } from './installation-files.ts';

/**
 * Makes roles and schemas. A role gets the password of its service's URL if that is given (`DATABASE_URL_SCORING` …), and nothing is
 * printed of it; else a new role gets a random one and its URL is printed. Throws Refusal, with the SQL printed, where the role may not.
 */
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
  const passwords = givenPasswords(env.HITO_PREFIX);
  const { applied, sql, urls } = await applyDatabase(env.DATABASE_URL, { services, prefix: env.HITO_PREFIX, passwords });
  if (!applied) process.stdout.write(withoutPasswords(sql, passwords));
  process.stderr.write(
    applied
      ? 'Every service has its role and schema. Give each its own DATABASE_URL, and no other:\n'
      : '\nThese are the URLs once that has been run:\n',
  );
  for (const service of Object.keys(passwords)) process.stderr.write(`${service.padEnd(14)} its password is the given one\n`);
  const say = applied ? process.stdout : process.stderr;
  for (const [service, url] of Object.entries(urls))
    if (!(service in passwords))
      say.write(`${service.padEnd(14)} ${url}${new URL(url).password === '' ? '   (the role keeps its password)' : ''}\n`);
  if (!applied)
    throw new Refusal(
      '\nThe role of DATABASE_URL may not create roles and schemas, so nothing was done: give the SQL above to somebody who may.',
    );
}
