/** Reads what stands behind the id of a schema. Throws where it is not what the schema says. */
export type Reader = (payload: Buffer) => unknown;

/** A schema that another refers to, by the name under which it does. */
export interface Referenced {
  readonly name: string;
  readonly text: string;
}
