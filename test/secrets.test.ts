import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collected, events, messages, type Contract } from '#contracts';
import { hidden, isSecret, replaceSecrets } from '#facts';
import { baseVariables } from '#platform';
import { parsePlaybook } from '#playbook';
import { recordJson, recordLine } from '../apps/cli/record-line.ts';
import { withoutSecrets } from '../apps/cli/without-secrets.ts';
import { secretVariables } from '../libs/platform/log-line.ts';
import { deliveryVariables } from '../services/delivery/environment.ts';
import { ingestionVariables } from '../services/ingestion/environment.ts';
import { openSecrets, UnknownKey } from '../services/delivery/open-secrets.ts';
import { decide } from '../services/orchestration/domain/decide.ts';
import { sealSecrets } from '../services/orchestration/seal-secrets.ts';
import { event, profile, rulesWith } from '../services/orchestration/testing/given.ts';

const env = { HITO_SIGNING_KEY: 'a key for tests that is long enough' };
const shop = readFileSync('examples/shop/playbook.yaml', 'utf8');
const declared = { secrets: [{ event: 'Gift Sent', property: 'voucher' }] };
const hide = sealSecrets(declared, env);
const open = openSecrets(env);
const names = fc.constantFrom('reset_url', 'Reset-Link', 'password', 'OTP', 'token', 'magicLink', 'code', 'PIN');
const json = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => JSON.stringify(value).length > 8 && !JSON.stringify(value).includes('__proto__'));

describe('a secret of an event', () => {
  test('by its name, at any depth, is sealed for the decision and opened for the mail', () => {
    fc.assert(
      fc.property(names, json, fc.boolean(), (name, value, deep) => {
        const properties = deep ? { a: [{ [name]: value }] } : { [name]: value };
        const sealed = hide('Any', properties);
        const text = JSON.stringify(sealed);
        expect(text).not.toContain(JSON.stringify(value).slice(1, -1));
        expect(open(sealed)).toEqual(properties);
        expect(hide('Any', properties)).toEqual(sealed);
      }),
    );
  });

  test('as the playbook declares it is sealed for that event only', () => {
    expect(JSON.stringify(hide('Gift Sent', { voucher: 'ABC-123' }))).not.toContain('ABC-123');
    expect(hide('Gift Seen', { voucher: 'ABC-123' })).toEqual({ voucher: 'ABC-123' });
    expect(parsePlaybook(`${shop}\nsecrets: [{ event: Gift Sent, property: voucher }]\n`).secrets).toEqual(declared.secrets);
  });

  test('that a visitor sends sealed is sealed once more: nobody has ours opened for them', () => {
    const { reset_url } = hide('Any', { reset_url: 'https://shop.example/reset?of=another' });
    expect(JSON.stringify(open(hide('Any', { colour: reset_url })))).not.toContain('of=another');
  });

  test('sealed with an unknown key is refused by name, so that its mail waits', () => {
    const others = openSecrets({ HITO_SIGNING_KEY: 'another key of that length or so' });
    expect(() => others(hide('Any', { deep: [{ reset_url: 'https://shop.example/' }] }))).toThrow(UnknownKey);
  });

  test('that is forged or no seal is absent, and nothing throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(open({ reset_url: { $sealed: text } })).toEqual({ reset_url: undefined });
      }),
    );
  });

  test('is in no decision and in no state of orchestration', () => {
    const rules = { ...rulesWith(), hide: sealSecrets({ secrets: [] }, env) };
    const at = '2026-03-02T03:00:00.000Z';
    const secret = 'https://shop.example/reset?token=very-secret';
    const known = decide(undefined, profile('2026-03-01T00:00:00.000Z'), rules).state;
    const { state, decisions } = decide(known, event(at, 'Reset Requested', { reset_url: secret }), rules);
    expect(decisions.length).toBeGreaterThan(0);
    expect(JSON.stringify([state, decisions])).not.toContain('very-secret');
    expect(JSON.stringify(decisions)).toContain('$sealed');
  });
});

describe('hito read', () => {
  const record = (value: unknown) => ({ offset: 1, key: 'k', headers: {}, value: Buffer.from(JSON.stringify(value)) }) as never;
  test.each<[string, Contract]>([
    ['events', events],
    ['collected', collected],
    ['messages', messages],
  ])('prints no secret of %s, whether the record fits its contract or not', (_, contract) => {
    const value = {
      event: 'x',
      properties: { reset_url: 'very-secret', deep: { password: 'very-secret' } },
      variables: { otp: { $sealed: 'very-secret' } },
    };
    for (const print of [recordLine, recordJson]) {
      expect(print(contract, 0, record(value))).not.toContain('very-secret');
      expect(print(contract, 0, record(value))).toContain(hidden);
    }
  });

  test('hides what the playbook of HITO_PLAYBOOK declares', () => {
    expect(withoutSecrets(['examples/shop/playbook.yaml'])({ properties: { reset_url: 'x', size: 'L' } })).toEqual({
      properties: { reset_url: hidden, size: 'L' },
    });
    expect(replaceSecrets({ voucher: 'x' }, new Set(['voucher']), () => hidden)).toEqual({ voucher: hidden });
    expect(isSecret('resetting')).toBe(false);
  });
});

test('every variable that is declared a secret is hidden in logs', () => {
  const declared = Object.entries({ ...baseVariables, ...deliveryVariables, ...ingestionVariables }).flatMap(([name, schema]) =>
    schema.meta()?.['secret'] === true ? [name] : [],
  );
  expect(declared.length).toBeGreaterThan(5);
  expect(secretVariables).toEqual(expect.arrayContaining(declared));
});
