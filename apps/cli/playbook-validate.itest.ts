import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..', '..');
let shop: string;
beforeEach(() => {
  shop = mkdtempSync(join(tmpdir(), 'hito-shop-'));
  cpSync(join(root, 'examples/shop'), shop, { recursive: true });
});
afterEach(() => {
  rmSync(shop, { recursive: true });
});

const validate = () => {
  const env = { ...process.env, HITO_TEMPLATES: '' };
  return spawnSync(
    process.execPath,
    ['--conditions=source', join(root, 'apps/cli/main.ts'), 'playbook', 'validate', join(shop, 'playbook.yaml')],
    {
      encoding: 'utf8',
      cwd: shop,
      env,
    },
  );
};
function edit(file: string, from: string, to: string): void {
  const path = join(shop, file);
  const before = readFileSync(path, 'utf8');
  if (!before.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(
    path,
    before.replace(from, () => to),
  );
}

test('playbook validate lists the templates with their languages', () => {
  const { status, stdout, stderr } = validate();
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/templates +anniversary \(es, en\), count \(es, en\), /);
});

test('playbook validate refuses what delivery would die of, with file and line, and ends with 1', () => {
  edit('templates/count.en.mjml.liquid', '<mj-column>', '<mj-column>{% if name %}{% endif %}');
  edit('templates/spend.es.txt.liquid', '{% if name %}', '{{ value | money }}{% if name %}');
  for (const file of readdirSync(join(shop, 'templates')).filter((name) => name.startsWith('win-back.es.')))
    rmSync(join(shop, 'templates', file));
  const { status, stdout, stderr } = validate();
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/templates\/count\.en\.mjml\.liquid:2: MJML drops \{% if name %\}/);
  expect(stderr).toMatch(/templates\/spend\.es\.txt\.liquid:1: no mail can be made of it.*currency/);
  expect(stderr).toMatch(/templates\/win-back\.es\.yaml is missing/);
  expect(stderr).not.toContain('    at ');
});

test('playbook validate names a template whose link is a value where no host is declared', () => {
  edit('playbook.yaml', 'hosts: [shop.example]', 'hosts: []');
  const { status, stderr } = validate();
  expect(status).toBe(1);
  expect(stderr).toMatch(/^\S*password-reset\.en\.yaml: a link or a picture comes from a value, .* links: \{ hosts: /m);
});

test('playbook validate says where mails may lead, loudly where that is anywhere', () => {
  expect(validate().stdout).toContain('  links       shop.example\n');
  edit('playbook.yaml', /^links:.*\n(?: .*\n)*/m.exec(readFileSync(join(shop, 'playbook.yaml'), 'utf8'))?.[0] ?? '', '');
  expect(validate().stdout).toMatch(/ {2}links {7}ANYWHERE: whoever has a public write key .*links: \{ hosts: /);
});

test('playbook validate refuses a play whose template is not there', () => {
  edit('playbook.yaml', 'template: welcome', 'template: cake');
  const { status, stderr } = validate();
  expect(status).toBe(1);
  expect(stderr).toMatch(/^play welcome: there is no template cake\. There are: anniversary, /);
});
