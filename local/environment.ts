import { readFileSync } from 'node:fs';

/** What every process needs to run at all: programs, folders, language, certificates. */
const ofTheMachine = /^(PATH|HOME|USER|TMPDIR|TZ|LANG|LC_\w+|JAVA_HOME|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|PGSSL\w+)$/;

/** What a process gets that reads none of Hito's variables. */
export const machineEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => ofTheMachine.test(name)));

/** Whether a variable X or its X_FILE is set. */
export const isSet = (env: NodeJS.ProcessEnv, name: string): boolean => Boolean(env[name]) || Boolean(env[`${name}_FILE`]);

/** The value of a variable or of the file that its X_FILE names; undefined where neither is set or the file cannot be read. */
export function valueOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const { [name]: direct, [`${name}_FILE`]: file } = env;
  if (direct !== undefined && direct !== '') return direct;
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // Whoever checks the variable says what is wrong with the file.
    return undefined;
  }
}
