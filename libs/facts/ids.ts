import { printedByPrograms } from './placeholder.ts';
import { hasVisible, invisibleIn } from './text.ts';

/**
 * Words that programs send when they have no id. Everybody who is sent under one of them would be one person, and would get the
 * mail of all. Compared in lower case and without blanks around. A playbook adds its own under `ids.nobody`.
 *
 * Sources: the ids that PostHog refuses to merge (posthog.com/docs/product-analytics/identify), what languages print for a
 * missing value, and the one ANDROID_ID that a whole series of devices shared.
 */
const nobody: ReadonlySet<string> = new Set([
  ...[
    'undefined',
    'null',
    'nil',
    'none',
    'nan',
    'infinity',
    '-infinity',
    'void',
    '(null)',
    '<null>',
    '<nil>',
    '(none)',
    '<none>',
  ],
  ...['(not set)', '(undefined)', 'not set', 'not_set', 'n/a', '#n/a', 'na', 'empty', 'missing', 'unset', 'default'],
  ...['true', 'false', '0', '-0', '0.0', '-1', '-', '--', '_', '.', '?', '""', "''", '{}', '[]', '()'],
  ...[
    'anonymous',
    'anonymoususer',
    'anonymous_user',
    'anon',
    'guest',
    'guestuser',
    'guest_user',
    'nobody',
    'unknown',
    'unidentified',
  ],
  ...['not_authenticated', 'not authenticated', 'unauthenticated', 'logged_out', 'loggedout', 'visitor'],
  ...['test', 'testuser', 'test_user', 'example', 'string', 'object', 'distinctid', 'distinct_id'],
  ...['id', 'userid', 'user_id', 'user', 'anonymousid', 'anonymous_id', 'email', 'uuid', 'guid'],
  ...['9774d56d682e549c'],
]);

/** A UUID of one repeated digit (nil, max), with dashes or without. */
const blankUuid = /^\{?([0-9a-f])(?:\1|-){31,35}\}?$/;
/** A word in the form in which ids are compared with the list. */
export const nobodyWord = (id: string): string => id.trim().toLowerCase();

/** What programs put around an id, or write it with. */
const dressed = /["'`%<>()[\]{}]|[^\0-\x7f]/;
const around = /^[\s"'`<>()[\]{}]+|[\s"'`<>()[\]{}]+$/g;

/** An id in plain letters, and without quotes and brackets around it. */
function undressed(word: string): readonly string[] {
  const plain = nobodyWord(decoded(word).normalize('NFKC'));
  return [plain, plain.replace(around, '')];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** Whether an id stands for nobody: blank, a word of the list or of `more` (in the form of `nobodyWord`), or a blank UUID; also in quotes, brackets or percent-encoding. */
export function isNobody(id: string, more: ReadonlySet<string> = new Set()): boolean {
  const word = nobodyWord(id);
  return meansNobody(word, more) || (dressed.test(word) && undressed(word).some((inner) => meansNobody(inner, more)));
}

const meansNobody = (word: string, more: ReadonlySet<string>): boolean =>
  !hasVisible(word) || nobody.has(word) || more.has(word) || blankUuid.test(word) || printedByPrograms.test(word);

/**
 * What hides in an id, or nothing. Ids are compared unit by unit and never folded or trimmed: whoever may choose an id that
 * looks like another's (`ana` and a zero-width space, a composed and a decomposed `é`) would otherwise become that person. So
 * look-alikes stay two people, and an id with something that nobody can see is refused rather than repaired.
 */
export function hiddenIn(id: string): string | undefined {
  const character = invisibleIn(id);
  if (character !== undefined) return `the invisible character ${character}`;
  if (id.includes('\uFFFD')) return 'U+FFFD, which stands for a character that was lost';
  return id === id.trim() ? undefined : 'white space at an end';
}
