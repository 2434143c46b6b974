import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { services } from '#contracts';

interface Project {
  readonly sourceRoot: string;
  readonly entryFile: string;
}

test('each service can be started by nest start under its name, as the README has it', () => {
  const { projects, compilerOptions } = JSON.parse(readFileSync('nest-cli.json', 'utf8')) as {
    readonly projects: Readonly<Record<string, Project>>;
    readonly compilerOptions: { readonly tsConfigPath: string };
  };
  expect(Object.keys(projects).sort()).toEqual([...services].sort());
  for (const [name, { sourceRoot, entryFile }] of Object.entries(projects)) {
    expect(sourceRoot).toBe(`services/${name}`);
    expect(existsSync(join(sourceRoot, `${entryFile}.ts`))).toBe(true);
  }
  expect(existsSync(compilerOptions.tsConfigPath)).toBe(true);
  expect(readFileSync('README.md', 'utf8')).toMatch(/npx nest start scoring --watch/);
});
