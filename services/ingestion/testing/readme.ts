import { readFileSync } from 'node:fs';

/**
 * The README's line for an SDK, an expression, as a user has it after putting in their key and address. It is found by the name of the
 * package behind it, so that what the tests run is what people copy.
 */
export function snippetOf(sdk: string, { key, url }: { readonly key: string; readonly url: string }): string {
  const lines = readFileSync('README.md', 'utf8').split('\n');
  const [code] = lines.flatMap((line) => {
    const [before = '', behind] = line.split(/ {2,}\/\/ /);
    return behind?.split(',')[0] === sdk ? [before] : [];
  });
  if (code === undefined) throw new Error(`README.md has no line of code with "// ${sdk}" behind it.`);
  return code.replaceAll('KEY', JSON.stringify(key)).replaceAll('http://127.0.0.1:3000', url);
}
