/**
 * `npm test`: makes the clone ready, starts a Kafka and a Postgres for the tests, runs all levels (pure, with servers, the system as
 * a user starts it), ends the servers. Arguments go to jest. The last line counts: `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Runs jest beside servers of its own; how many tests passed and failed. */
function run(options) {
  rmSync(results, { force: true });
  rmSync(leftovers, { force: true });
  const { status } = spawnSync(
    node,
    [join(root, 'dist', 'local', 'with-infrastructure.js'), ...jest, '--json', `--outputFile=${results}`, ...options],
    {
      cwd: root,
      stdio: ['inherit', 'ignore', 'inherit'],
      env: {
        ...process.env,
        PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH ?? ''}`,
        HITO_TEST_LEFTOVERS: leftovers,
      },
    },
  );
  if (!existsSync(results)) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(results, 'utf8'));
  // A suite that cannot even be loaded has no tests to count: it counts as one that failed. So does what tests left behind.
  const failed = numFailedTests + numRuntimeErrorTestSuites + (existsSync(leftovers) ? 1 : 0);
  return { passed, failed: status === 0 ? failed : Math.max(failed, 1) };
}

// A whole system is a dozen processes: one at a time, and nothing beside it.
const given = process.argv.slice(2);
const runs =
  given.length > 0
    ? [run(['--maxWorkers=2', ...given])]
    : [
        run(['--maxWorkers=1', '--testMatch=<rootDir>/{apps,libs,local,services,test,verification,bench}/**/*.e2e.ts']),
        run(['--maxWorkers=2', '--testMatch=<rootDir>/{apps,libs,local,services,test,verification,bench}/**/*.{test,itest}.ts']),
      ];
const passed = runs.reduce((sum, one) => sum + one.passed, 0);
const failed = runs.reduce((sum, one) => sum + one.failed, 0);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
