/** Something in a template's markup that must not be there. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** An address that comes out of Liquid without the filter `link`: where its `}}` begins, and the filter that has to check it. */
export interface Unchecked {
  readonly offset: number;
  readonly filter: 'address' | 'picture';
}
