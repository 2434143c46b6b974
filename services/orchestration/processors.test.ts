import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parsePlaybook } from '#playbook';
import { orchestrationProcessors } from './processors.ts';

test('the service seals what names and the playbook declare secret', () => {
  const shop = readFileSync('examples/shop/playbook.yaml', 'utf8');
  const playbook = parsePlaybook(`${shop}\nsecrets: [{ event: Gift Sent, property: voucher }]\n`);
  for (const { rules } of orchestrationProcessors(playbook, { HITO_SIGNING_KEY: 'a key for tests that is long enough' })) {
    const kept = rules.hide('Gift Sent', { voucher: 'ABC-123', reset_url: 'https://shop.example/r', colour: 'red' });
    expect(JSON.stringify(kept)).not.toMatch(/ABC-123|shop\.example/);
    expect(kept).toMatchObject({ colour: 'red' });
  }
});
