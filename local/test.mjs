/**
 * `npm test`: makes the clone ready, starts a Kafka and a Postgres for the tests, runs all levels (pure, with servers, the system as
 * a user starts it), ends the servers. Arguments go to jest. The last lines name what failed and count: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import './bootstrap.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const cache = join(root, 'node_modules', '.cache', 'hito');
const results = join(cache, 'test-results.json');
const leftovers = join(cache, 'test-leftovers.txt');
mkdirSync(cache, { recursive: true });

const jest = [
  node,
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
];

rmSync(results, { force: true });
rmSync(leftovers, { force: true });
const options = ['--maxWorkers=2', '--json', `--outputFile=${results}`, ...process.argv.slice(2)];
const { status } = spawnSync(node, [join(root, 'dist', 'local', 'with-infrastructure.js'), ...jest, ...options], {
  cwd: root,
  stdio: ['inherit', 'ignore', 'inherit'],
  env: {
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
    HITO_TEST_LEFTOVERS: leftovers,
  },
});

// A suite that cannot even be loaded has no tests to count: it counts as one that failed. So does what tests left behind.
const counted = existsSync(results)
  ? JSON.parse(readFileSync(results, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
const failed = counted.numFailedTests + counted.numRuntimeErrorTestSuites + (existsSync(leftovers) ? 1 : 0);
for (const { name: file, message, assertionResults = [] } of counted.testResults ?? []) {
  const red = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
  const broken = red.length === 0 && message !== '' ? ['could not be run'] : [];
  for (const test of [...red, ...broken]) process.stdout.write(`FAILED  ${relative(root, file)}: ${test}\n`);
}
process.stdout.write(`${counted.numPassedTests} passed, ${failed} failed\n`);
process.exitCode = status === 0 && failed === 0 && counted.numPassedTests > 0 ? 0 : 1;
