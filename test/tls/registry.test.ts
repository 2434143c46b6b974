import { expect, test } from '@jest/globals';
import { testAuthority } from '../../services/delivery/testing/certificates.ts';
import { schemaAt } from '../../services/ingestion/sources/registry/client.ts';
import { TestRegistry } from '../../services/ingestion/testing/registry.ts';

test('a schema registry is spoken to by TLS only where its certificate is of the authority that `ca` names', async () => {
  const [ours, stranger] = [await testAuthority(), await testAuthority()];
  const registry = await new TestRegistry(await ours.issue('localhost')).start();
  try {
    registry.answers.set('/schemas/ids/7', { schema: '"string"' });
    const ask = (ca?: string) => schemaAt({ url: registry.url, ca, username: 'hito', password: 'very-secret' }, '/schemas/ids/7');
    expect(await ask(ours.cert)).toEqual({ type: 'AVRO', text: '"string"', references: [] });
    for (const ca of [stranger.cert, undefined])
      await expect(ask(ca)).rejects.toThrow(/^the schema registry localhost:\d+ does not answer: .*(certificate|self-signed)/);
    expect(registry.logins).toHaveLength(1);
  } finally {
    await registry.stop();
  }
});
