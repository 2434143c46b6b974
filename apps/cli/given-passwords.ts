import pg from 'pg';
import { services, type Service } from '#contracts';
import { baseVariables, placeOf, readVariables, variable } from '#platform';
import { Refusal } from './explain.ts';

const nameOf = (service: Service): string => `DATABASE_URL_${service.toUpperCase()}`;

const variables = Object.fromEntries(
  services.map((service) => [
    nameOf(service),
    variable(baseVariables.DATABASE_URL.optional(), {
      description: `to give the role of ${service} this password: the URL that ${service} itself gets`,
      example: `postgres://hito_${service}:secret@127.0.0.1:5432/hito`,
      secret: true,
    }),
  ]),
);

/**
 * The passwords in the services' own URLs, by service: `DATABASE_URL_SCORING` or `DATABASE_URL_SCORING_FILE`, and so on; none where no
 * such variable is set. Throws Refusal for a URL of another role than the service's, or without a password.
 */
export function givenPasswords(
  prefix: string,
  source: Readonly<Record<string, string | undefined>> = process.env,
): Partial<Record<Service, string>> {
  const urls = readVariables('hito database apply', variables, source) as Readonly<Record<string, string | undefined>>;
  return Object.fromEntries(
    services.flatMap((service) => {
      const name = nameOf(service);
      const url = urls[name];
      return url === undefined ? [] : [[service, passwordIn(url, name, placeOf(prefix, service))]];
    }),
  );
}

/** SQL for other eyes: a given password stays where it is. */
export const withoutPasswords = (sql: string, passwords: Readonly<Partial<Record<Service, string>>>): string =>
  services.reduce((text, service) => {
    const password = passwords[service];
    if (password === undefined) return text;
    return text.replaceAll(pg.escapeLiteral(password).trim(), () => `'the password in ${nameOf(service)}'`);
  }, sql);

/** Its form is that of DATABASE_URL: it can be read. */
function passwordIn(text: string, name: string, role: string): string {
  const url = new URL(text);
  const user = decodeURIComponent(url.username);
  if (user !== role)
    throw new Refusal(`${name} is for the role "${user}", but this service's role is "${role}": write that one.`);
  if (url.password === '') throw new Refusal(`${name} has no password: write postgres://${role}:PASSWORD@host:port/database`);
  return decodeURIComponent(url.password);
}
