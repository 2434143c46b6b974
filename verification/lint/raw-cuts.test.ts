import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Linter, type Rule } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';

/** By a variable: ESLint's configuration is JavaScript, and has no types. */
const [rule, reasons]: readonly string[] = ['./raw-cuts.mjs', './texts-of-ours.mjs'];
const { rawCuts } = (await import(rule ?? '')) as { readonly rawCuts: Rule.RuleModule };
const { textsOfOurs } = (await import(reasons ?? '')) as { readonly textsOfOurs: Record<string, string> };

/** Lines of a text that break the rule; its types are checked as the linter checks those of a file. */
function cutsIn(text: string): number[] {
  const file = `${process.cwd()}/tried.ts`;
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, strict: true, types: [] };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) => (name === file ? ts.createSourceFile(name, text, version, true) : read(name, version));
  const programs = [ts.createProgram([file], options, host)];
  const messages = new Linter({ cwd: process.cwd() }).verify(
    text,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser, parserOptions: { programs } },
        plugins: { hito: { rules: { 'raw-cuts': rawCuts } } },
        rules: { 'hito/raw-cuts': 'error' },
      },
    ],
    file,
  );
  expect(messages.filter(({ fatal }) => fatal === true)).toEqual([]);
  return messages.map(({ line }) => line);
}

test('a text that is cut by UTF-16 units is noticed, a list or a buffer is not', () => {
  const lines = [
    "export const all = (text: string, more: string | string[], key: 'a' | 'b', list: string[], bytes: Uint8Array): unknown => [",
    '  text.trim().slice(0, 200),',
    '  text.substring(3),',
    "  text['slice'](0, 9),",
    '  more.slice(1),',
    '  key.charAt(0),',
    '  list.slice(0, 5),',
    '  bytes.slice(0, 1),',
    '  list.at(-1),',
    '  [...text].slice(0, 3),',
    '  text[0],',
    '  text[list.length - 1],',
    '  more?.[0],',
    '  list[0],',
    '  bytes[0],',
    "  text['length'],",
    '];',
  ];
  expect(cutsIn(lines.join('\n'))).toEqual([2, 3, 4, 5, 6, 11, 12, 13]);
});

test('each file that may cut exists and has a reason', () => {
  expect(Object.entries(textsOfOurs).filter(([file, reason]) => !existsSync(file) || reason === '')).toEqual([]);
});
