import type { Check } from '../check.ts';
import { clickHouse } from './clickhouse.ts';
import { compose } from './compose.ts';
import { dbt } from './dbt.ts';
import { dockerfile } from './dockerfile.ts';
import { helmApi } from './helm-api.ts';
import { helmLint, helmRefusals, helmRenders, helmSchemas } from './helm.ts';
import { prometheusRules } from './prometheus-rules.ts';
import { shellScripts } from './shell-scripts.ts';
import { workflows } from './workflows.ts';

/** All checks of `npm run check:ops`. To add one: a file here, and its line. */
export const checks: readonly Check[] = [
  clickHouse, //
  compose,
  dbt,
  dockerfile,
  helmApi,
  helmLint,
  helmRefusals,
  helmRenders,
  helmSchemas,
  prometheusRules,
  shellScripts,
  workflows,
];
