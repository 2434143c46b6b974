import type { Mutant } from '../mutant.ts';

const settings = 'local/launcher/check-settings.test.ts';
const fuzzRun = 'verification/fuzz/fuzz.test.ts';

/** Promises about what a user sees: settings checked before a start, findings reported, numbers and texts that can be read. */
export const visible: readonly Mutant[] = [
  {
    promise: 'an unknown HITO_INFRASTRUCTURE is refused with the other settings',
    file: 'local/launcher/check-settings.ts',
    find: ".enum(['embedded', 'docker'], ",
    replace: ".enum(['embedded', 'docker', 'podman', 'Docker'], ",
    test: settings,
  },
  {
    promise: 'two ports of one number are refused',
    file: 'local/launcher/check-settings.ts',
    find: '    ...twice(env),\n',
    replace: '',
    test: settings,
  },
  {
    promise: 'mail that leaves this machine needs a sender of its own',
    file: 'local/launcher/service-environment.ts',
    find: 'export function mailStaysHere(env: NodeJS.ProcessEnv): boolean {\n',
    replace: 'export function mailStaysHere(env: NodeJS.ProcessEnv): boolean {\n  if (env !== undefined) return true;\n',
    test: settings,
  },
  {
    promise: 'Docker without an engine is refused before a server starts',
    file: 'local/infrastructure/index.ts',
    find: "if (wanted === 'docker')",
    replace: "if (wanted === 'never')",
    test: 'local/infrastructure/choose.test.ts',
  },
  {
    promise: 'a page of another name that points here (DNS rebinding) reads nothing',
    file: 'local/this-machine.ts',
    find: 'host !== undefined && isThisMachine',
    replace: 'host !== undefined || isThisMachine',
    test: 'local/this-machine.test.ts',
  },
  {
    promise: 'a fuzz finding counts although the time ends before its smallest form is found',
    file: 'verification/fuzz/run.ts',
    find: 'if (found.counterexample !== null)',
    replace: 'if (found.counterexample !== null && !found.interrupted)',
    test: fuzzRun,
    name: 'time ends before',
  },
  {
    promise: 'a fuzz target that ends no input does not count as held',
    file: 'verification/fuzz/run.ts',
    find: 'return runs === 0',
    replace: 'return runs < 0',
    test: fuzzRun,
    name: 'ends no input',
  },
  {
    promise: 'what floats add behind the sixth decimal is not printed',
    file: 'libs/facts/rounded.ts',
    find: 'Number(n.toFixed(decimals)) + 0',
    replace: 'n',
    test: 'libs/facts/rounded.test.ts',
  },
  {
    promise: 'control characters in records are written out',
    file: 'apps/cli/printable.ts',
    find: 'text.replace(unsafe, (sign) => `\\\\u{${hex(sign)}}`)',
    replace: 'text',
    test: 'apps/cli/printable.test.ts',
  },
  {
    promise: "the local start's folder is for its owner only",
    file: 'local/launcher/home.ts',
    find: '  chmodSync(dir, 0o700);\n',
    replace: '',
    test: 'local/launcher/home.itest.ts',
  },
  {
    promise: "a service refuses an administrator's URL",
    file: 'libs/platform/migrate.ts',
    find: 'if (role?.schema === place && !role.superuser) return;',
    replace: 'if (role !== undefined) return;',
    test: 'libs/platform/database.itest.ts',
    name: 'are refused, and nothing is made',
  },
  {
    promise: 'a label of mails is what the playbook names, or other',
    file: 'libs/platform/tally-metrics.ts',
    find: "return text === '' || isNamed(names, label, text) ? text : 'other';",
    replace: 'return text;',
    test: 'libs/platform/tally-metrics.test.ts',
    name: 'labelled by what the playbook names',
  },
  {
    promise: "a service exports no family of another's",
    file: 'libs/platform/tally-metrics.ts',
    find: 'conventions.filter(({ service }) => (Array.isArray(service) ? service.includes(name) : service === name));',
    replace: 'conventions.filter(({ service }) => service !== undefined || name !== undefined);',
    test: 'libs/platform/tally-metrics.test.ts',
    name: 'none of another',
  },
];
