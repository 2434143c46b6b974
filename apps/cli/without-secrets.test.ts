import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { hidden } from '#facts';
import { withoutSecrets } from './without-secrets.ts';

const rules = (secret: string): string =>
  `name: test\ndefaults: { zone: Europe/Madrid, locale: es }\nsending: { window: { from: "09:00", to: "20:00" } }\nscoring: { half_life: 30d, bands: [{ id: cold, from: 0 }] }\nstages: { initial: new, names: [new], transitions: [] }\nsecrets: [{ event: Gift Sent, property: ${secret} }]\n`;
const saved = { ...process.env };
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hito-hide-'));
  process.env['HITO_HOME'] = home;
  delete process.env['HITO_PLAYBOOK'];
});
afterEach(() => {
  process.env = { ...saved };
  rmSync(home, { recursive: true, force: true });
});
const gift = { voucher: 'A', coupon: 'B', reset_url: 'C', size: 'D' };
const playbook = (name: string, secret: string): string => {
  const file = join(home, name);
  writeFileSync(file, rules(secret));
  return file;
};

test('hides what the playbook of the local start declares, and the one that the environment names', () => {
  writeFileSync(join(home, 'env'), `HITO_PLAYBOOK='${playbook('local.yaml', 'voucher')}'\n`);
  expect(withoutSecrets()(gift)).toEqual({ ...gift, voucher: hidden, reset_url: hidden });
  process.env['HITO_PLAYBOOK'] = playbook('other.yaml', 'coupon');
  expect(withoutSecrets()(gift)).toEqual({ voucher: hidden, coupon: hidden, reset_url: hidden, size: 'D' });
});

test('says once that no playbook is known, and hides what known rules hide', () => {
  const lines: string[] = [];
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    for (let look = 0; look < 3; look += 1) expect(withoutSecrets()(gift)).toEqual({ ...gift, reset_url: hidden });
  } finally {
    spy.mockRestore();
  }
  expect(lines).toEqual([expect.stringMatching(/^HITO_PLAYBOOK is not set: .* may be printed\. Set it to .*\n$/)]);
});

test('prints nothing where the playbook that names the secrets cannot be read', () => {
  for (const file of [join(home, 'gone.yaml'), playbook('broken.yaml', '[')]) {
    process.env['HITO_PLAYBOOK'] = file;
    expect(() => withoutSecrets()).toThrow(/^Nothing is printed: .* HITO_PLAYBOOK to one that can be\.\n.*(gone|broken)\.yaml/);
  }
});
