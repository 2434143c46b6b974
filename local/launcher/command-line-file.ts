/** What the commands need to find an installation, and to know what not to print of it. */
export interface CommandLine {
  readonly brokers: readonly string[];
  /** Of the administrator. */
  readonly databaseUrl: string;
  readonly prefix: string;
  readonly partitions: number;
  /** Addresses of the services' internal sides. */
  readonly services: readonly string[];
  readonly playbook: string;
}

/**
 * The text of `.hito/env`. Quoted, so that a `#` or a blank in a path is part of it. Source of the form:
 * https://nodejs.org/docs/latest-v24.x/api/environment_variables.html.
 */
export function commandLineFile({ brokers, databaseUrl, prefix, partitions, services, playbook }: CommandLine): string {
  const variables = {
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: databaseUrl,
    HITO_PREFIX: prefix,
    HITO_PARTITIONS: String(partitions),
    HITO_SERVICES: services.join(','),
    HITO_PLAYBOOK: playbook,
  };
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join('');
}

function quoted(value: string): string {
  const quote = ["'", '`', '"'].find((one) => !value.includes(one)) ?? '';
  return `${quote}${value}${quote}`;
}
