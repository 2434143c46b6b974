/** No clickstream is older; what claims to be comes from a broken clock or an empty date field (0001, 1900, 1970, 1980). */
export const oldestMoment = Date.UTC(1990, 0, 1);

/**
 * The instant (epoch ms) at which something counts that claims to have happened at `claimed` and arrived at `at`: as claimed, unless that
 * lies in the future or is no sane date. NaN is none.
 */
export const momentOf = (claimed: number, at: number): number => (claimed >= oldestMoment ? Math.min(claimed, at) : at);
