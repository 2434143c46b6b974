import { stringify } from 'yaml';
import type { z } from 'zod';
import { contracts, services, type Service } from '#contracts';
import { baseVariables, variableRows, type VariableMeta } from '#platform';
import { deliveryVariables } from '../../services/delivery/environment.ts';
import { delivery } from '../../services/delivery/delivery.processor.ts';
import { ingestionVariables } from '../../services/ingestion/environment.ts';
import { identity } from '../../services/ingestion/identity.processor.ts';
import { profile } from '../../services/ingestion/profile.processor.ts';
import { milestonesProcessor } from '../../services/milestones/milestones.processor.ts';
import { orchestrationProcessor } from '../../services/orchestration/orchestration.processor.ts';
import { scoringProcessor } from '../../services/scoring/scoring.processor.ts';
import { stagesProcessor } from '../../services/stages/stages.processor.ts';

const shapes: readonly { readonly of: 'all' | Service; readonly shape: z.ZodRawShape }[] = [
  { of: 'all', shape: baseVariables },
  { of: 'ingestion', shape: ingestionVariables },
  { of: 'delivery', shape: deliveryVariables },
];

/** Variables whose values the chart works out from values of its own; all others are given by name. */
export const computed: readonly string[] = [
  'KAFKA_BROKERS',
  'KAFKA_SSL',
  'KAFKA_SSL_CA',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_OAUTH_TOKEN_URL',
  'KAFKA_OAUTH_CLIENT_ID',
  'KAFKA_OAUTH_CLIENT_SECRET',
  'KAFKA_OAUTH_SCOPE',
  'DATABASE_URL',
  'HITO_PREFIX',
  'HITO_PARTITIONS',
  'HITO_PLAYBOOK',
  'HITO_TEMPLATES',
  'HITO_HOST',
  'HITO_PORT',
  'HITO_INTERNAL_HOST',
  'HITO_INTERNAL_PORT',
];

export interface ChartVariable {
  readonly name: string;
  readonly for: 'all' | Service;
  readonly required: boolean;
  readonly secret: boolean;
  readonly given: 'chart' | 'value';
  readonly description: string;
}

/** Every variable that a service declares, as the chart reads them. */
export const chartVariables = (): readonly ChartVariable[] =>
  shapes.flatMap(({ of, shape }) =>
    variableRows(of, shape).map(({ name, value, meaning }) => ({
      name,
      for: of,
      required: value === 'required',
      secret: ((shape[name] as z.ZodType).meta() as unknown as VariableMeta).secret === true,
      given: computed.includes(name) ? ('chart' as const) : ('value' as const),
      description: meaning,
    })),
  );

const processors = [identity, profile, scoringProcessor, stagesProcessor, milestonesProcessor, orchestrationProcessor, delivery];

/** Which consumer groups a service has, and the topics that each of them reads: what autoscaling by lag asks for. */
const groups = (): Readonly<Record<string, readonly { processor: string; topics: readonly string[] }[]>> =>
  Object.fromEntries(
    services.map((service) => [
      service,
      processors
        .filter((processor) => processor.service === service)
        .map(({ name, inputs }) => ({ processor: name, topics: inputs.map(({ contract }) => contract.name) })),
    ]),
  );

/** `files/variables.yaml` of the chart. */
export const variablesFile = (): string =>
  `# Made by \`npm run docs:environment\` from what the services declare. The chart reads it.\n${stringify(
    { services: [...services], groups: groups(), topics: contracts.map(({ name }) => name), variables: chartVariables() },
    { lineWidth: 0 },
  )}`;
