export {
  compileMeasures,
  type CompileOptions,
  type Happening,
  type Matcher,
  type Measures,
  type MeasuresState,
  type Taken,
  type Uncounted,
} from './compile.ts';
export { measuresSchema, type MeasureDefinition } from './definition.ts';
export { ledgerLimits } from './ledger.ts';
export type { When } from './measure.ts';
