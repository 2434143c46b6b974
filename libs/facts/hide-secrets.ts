import { isSecret, replaceSecrets } from './secret.ts';

/** What people read in place of a secret. */
export const hidden = '[secret]';

/** A name before its value in a text: `"otp":`, `otp: '`, `otp=`, also where the quotes are escaped, as in JSON within JSON. */
const named =
  /(?<![\p{L}\p{N}_$-])([\p{L}_$][\p{L}\p{N}_$-]{0,60}(?: [\p{L}\p{N}_$-]{1,60}){0,2})(?:\\*["'`]\s*[:=]\s*|\s*=\s*|\s*:\s*(?=\\*["'`]))/gu;
/** A value that ends before the next sign of its surroundings. */
const bare = /[^\s,;&}\]"'`\\]*/y;
const quoted = /"(?:[^"\\]|\\.)*"/sy;

/**
 * A text from outside without the values of what is a secret by its name: of JSON that is broken or cut, of forms, of addresses. Where it
 * cannot be known where a value ends, all that follows is hidden.
 */
export function withoutSecretText(text: string, declared: ReadonlySet<string>): string {
  if (!/[:=]/.test(text)) return text;
  let kept = '';
  let from = 0;
  named.lastIndex = 0;
  for (let found = named.exec(text); found !== null; found = named.exec(text)) {
    const [all, name = ''] = found;
    if (!endsInSecret(name, declared)) continue;
    const start = found.index + all.length;
    kept += text.slice(from, start) + hidden; // slice: the regular expression ends at whole characters
    from = endOf(text, start);
    named.lastIndex = from;
  }
  return kept + text.slice(from);
}

/** `reset link` of `your reset link`. */
const endsInSecret = (name: string, declared: ReadonlySet<string>): boolean =>
  name.split(' ').some((_, at, words) => isSecret(words.slice(at).join(' '), declared));

function endOf(text: string, start: number): number {
  quoted.lastIndex = start;
  if (quoted.test(text)) return quoted.lastIndex;
  if (/["'`\\{[]/.test(text.charAt(start))) return text.length;
  bare.lastIndex = start;
  bare.test(text);
  return bare.lastIndex;
}

/** A value as people may read it: secrets by name, links that let in, and what stands in texts in the form of a named value. */
export function hideSecrets(value: unknown, declared: ReadonlySet<string>): unknown {
  const texts = (inner: unknown): unknown => {
    if (typeof inner === 'string') return withoutSecretText(inner, declared);
    if (Array.isArray(inner)) return inner.map(texts);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, one]) => [name, texts(one)]));
  };
  return texts(replaceSecrets(value, declared, () => hidden));
}
