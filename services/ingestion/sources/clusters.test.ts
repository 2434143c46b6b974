import { expect, test } from '@jest/globals';
import type { SourceRule } from '#playbook';
import { checkSources, clusters, kafkaOf } from './clusters.ts';

const clicks = {
  brokers: ['kafka-1:9093'],
  ssl: true,
  sasl: { mechanism: 'scram-sha-512', username: 'hito', password: 'very-secret' },
};
const known = clusters.parse(JSON.stringify({ clicks }));
const source = (cluster?: string): SourceRule => ({ name: 'shop', cluster }) as SourceRule;
const own = { brokers: ['own:9092'], clientId: 'hito.sources' };

test("a source is read from the cluster that it names, else from Hito's own", () => {
  expect(kafkaOf(source('clicks'), known, own)).toEqual({ ...clicks, clientId: 'hito.sources' });
  expect(kafkaOf(source(), known, own)).toBe(own);
});

test('a cluster that nobody knows, and a name that a write key has, are refused at the start', () => {
  expect(() => {
    checkSources({ sources: [source('other')] }, known, new Map());
  }).toThrow('There is no cluster other in HITO_SOURCE_CLUSTERS; it has clicks.');
  expect(() => {
    checkSources({ sources: [source()] }, known, new Map([['key', 'shop']]));
  }).toThrow('has the name of a write key');
});

test.each([
  ['{', 'is not JSON'],
  [JSON.stringify({ clicks: { ...clicks, brokers: ['nowhere'] } }), 'clicks.brokers.0: expected host:port'],
  [JSON.stringify({ clicks: { ...clicks, sasl: { ...clicks.sasl, mechanism: 'none' } } }), 'clicks.sasl.mechanism'],
  [JSON.stringify({ clicks: { ...clicks, password: 'very-secret' } }), 'clicks: Unrecognized key'],
])('%s is refused by its place, without its values', (text, problem) => {
  const { error } = clusters.safeParse(text);
  expect(error?.message).toContain(problem);
  expect(error?.message).not.toContain('very-secret');
});
