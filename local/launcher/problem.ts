/** Something the user can put right; the message says what is wrong and what to do, and is shown without a stack. */
export class Problem extends Error {}
