import type { IAsyncProperty, IProperty } from 'fast-check';

/**
 * A promise about hostile input. `name` is unique and says where it looks, e.g. `facts/text`; `property` may be asynchronous.
 * A property must hold for every input, and it is bounded in time for each.
 */
export interface Target {
  readonly name: string;
  readonly property: IProperty<never> | IAsyncProperty<never>;
}

/** Declares a fuzz target of a property over any tuple of inputs. */
export const target = <Inputs>(name: string, property: IProperty<Inputs> | IAsyncProperty<Inputs>): Target => ({
  name,
  property: property as unknown as IAsyncProperty<never>,
});
