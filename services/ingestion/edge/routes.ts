/** What the paths under /v1 stand for: the long names, the browser SDK's letters, and the batch of mobile SDKs. */
export const routes: ReadonlyMap<string, string> = new Map([
  ...['identify', 'track', 'page', 'screen', 'group', 'alias', 'batch'].map((type) => [type, type] as const),
  ...([
    ['i', 'identify'],
    ['t', 'track'],
    ['p', 'page'],
    ['s', 'screen'],
    ['g', 'group'],
    ['a', 'alias'],
    ['b', 'batch'],
    ['import', 'batch'],
  ] as const),
]);

/** Paths that are answered and not read: `/v1/m` is where the browser SDK reports on itself. */
export const unread: ReadonlySet<string> = new Set(['m']);
