import { variable } from '#platform';
import { writeKeys } from './edge/write-keys.ts';
import { clusters } from './sources/clusters.ts';

/** What ingestion needs beside the base. */
export const ingestionVariables = {
  HITO_WRITE_KEYS: variable(writeKeys, {
    description: 'to know who may send events: name:key pairs, separated by commas',
    example: 'website:change-me-please',
    secret: true,
  }),
  HITO_SOURCE_CLUSTERS: variable(clusters.optional(), {
    description:
      'to read topics of other clusters, which sources of the playbook name: JSON by name of brokers, ssl (true or {"ca": PEM}), sasl, and registry (url, username, password, ca) where values were written with a schema registry',
    example: 'HITO_SOURCE_CLUSTERS=\'{"clicks": {"brokers": ["kafka.shop.example:9092"]}}\'',
    secret: true,
  }),
};
