import { Environment } from '@marcbachmann/cel-js';

/** What a condition may look at. */
export interface Facts {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly traits?: Readonly<Record<string, unknown>>;
}
/** True when the condition holds; a missing field, or a type that does not fit, is false: a condition never throws. */
export type Condition = (facts: Facts) => boolean;

const environment = new Environment({ unlistedVariablesAreDyn: true })
  .registerVariable('properties', 'map')
  .registerVariable('traits', 'map');

/** Compiles a CEL condition once; throws cel-js' ParseError (with its position) where it is not CEL. */
export function condition(text: string | undefined): Condition {
  if (text === undefined) return () => true;
  const program = environment.parse(text);
  return ({ properties = {}, traits = {} }) => {
    try {
      return program({ properties, traits }) === true;
    } catch {
      return false;
    }
  };
}
