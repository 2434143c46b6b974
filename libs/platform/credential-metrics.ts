import { X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';
import type { z } from 'zod';
import { metaOf } from './env-table.ts';

type Source = Readonly<Record<string, string | undefined>>;

/**
 * How old the secrets are, and when the broker's authority ends. A secret is as old as the operator says (`HITO_SECRETS_CHANGED`), else as
 * its file; in the environment itself it then has no age that could be known here.
 */
export function credentialMetrics(registry: Registry, shape: z.ZodRawShape, authority?: string, source: Source = {}): void {
  const changed = source['HITO_SECRETS_CHANGED'] ?? '';
  const secrets = Object.entries(shape).flatMap(([variable, schema]) => {
    const [value = '', file = ''] = [source[variable], source[`${variable}_FILE`]];
    return metaOf(schema as z.ZodType).secret === true && value + file !== '' ? [{ variable, file }] : [];
  });
  new Gauge({
    name: 'hito_secret_modified_timestamp_seconds',
    help: 'When a secret was last changed, by its variable: HITO_SECRETS_CHANGED, or the time of its file where that is absent',
    labelNames: ['variable'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { variable, file } of secrets) {
        const modified = changed === '' ? modifiedAt(file) : Date.parse(changed);
        if (modified !== undefined) this.set({ variable }, modified / 1000);
      }
    },
  });
  const ends = authority === undefined ? undefined : Date.parse(new X509Certificate(authority).validTo);
  new Gauge({
    name: 'hito_certificate_expiry_timestamp_seconds',
    help: 'When a certificate ends that this process trusts, by the variable that names it',
    labelNames: ['variable'],
    registers: [registry],
    collect() {
      if (ends !== undefined) this.set({ variable: 'KAFKA_SSL_CA' }, ends / 1000);
    },
  });
}

const modifiedAt = (file: string): number | undefined =>
  file === '' ? undefined : statSync(file, { throwIfNoEntry: false })?.mtimeMs;
