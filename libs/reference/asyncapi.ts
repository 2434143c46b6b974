import type { Contract } from '#contracts';
import { recordSchema } from './json-schema.ts';

/** Headers that the runtime writes; readers outside of Hito need the first two only. */
const headers = {
  type: 'object',
  properties: {
    'hito-seq': {
      type: 'string',
      description: 'Origin and number of the record. What is published twice has the same: drop repeats by it, or by `id`.',
    },
    'hito-control': {
      type: 'string',
      description: 'Present on control records (watermarks, clocks). Skip records that have it.',
    },
  },
};

/**
 * All topics of an installation as an AsyncAPI 3.0 document. Hito writes every topic (`send`); who reads `receive`s it.
 * `version`: of Hito; `prefix`: HITO_PREFIX.
 */
export function asyncApi(contracts: readonly Contract[], version: string, prefix = 'hito'): object {
  const channels = contracts.map((contract) => [idOf(contract), channelOf(contract, prefix)] as const);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Hito: topics',
      version,
      description:
        'Every topic of an installation. The version is part of the name of a topic. Within a version only optional fields come or go.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(
      contracts.map((contract) => [
        `send-${idOf(contract)}`,
        { action: 'send', channel: { $ref: `#/channels/${idOf(contract)}` }, summary: contract.about?.meaning },
      ]),
    ),
    components: {
      messages: Object.fromEntries(contracts.map((contract) => [idOf(contract), messageOf(contract)])),
    },
  };
}

const idOf = ({ name }: Contract): string => name.replaceAll('.', '-');

const channelOf = (contract: Contract, prefix: string): object => ({
  address: `${prefix}.${contract.name}`,
  title: contract.name,
  description: [contract.about?.meaning, contract.about?.restated].filter(Boolean).join('\n\n'),
  messages: { record: { $ref: `#/components/messages/${idOf(contract)}` } },
  bindings: {
    kafka: {
      topic: `${prefix}.${contract.name}`,
      topicConfiguration: {
        'cleanup.policy': [contract.cleanup],
        'retention.ms': contract.retentionMs,
        ...(contract.maxBytes !== undefined && { 'max.message.bytes': contract.maxBytes }),
      },
      bindingVersion: '0.5.0',
    },
  },
  'x-owner': contract.about?.owner,
});

function messageOf(contract: Contract): object {
  const { $schema: _, ...payload } = recordSchema(contract);
  return {
    name: contract.name,
    title: contract.about?.meaning,
    contentType: 'application/json',
    headers,
    payload,
    bindings: { kafka: { key: { type: 'string', description: contract.about?.key }, bindingVersion: '0.5.0' } },
  };
}
