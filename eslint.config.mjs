import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { rawCuts } from './verification/lint/raw-cuts.mjs';
import { textsOfOurs } from './verification/lint/texts-of-ours.mjs';

const tests = ['**/*.test.ts', '**/*.itest.ts', '**/*.e2e.ts', '**/testing/**'];

/** typescript-eslint's strictest set with types. What is turned off or widened has its reason beside it. */
export default defineConfig(
  { ignores: ['dist/', 'node_modules/', '.hito/', '**/*.mjs', '**/*.d.ts'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-control-regex': 'error',
      // A number in a text is as plain as the text; objects, `undefined` and `any` stay forbidden.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `_` names what a signature demands and nobody reads.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // `return refuse('…')`, with a function that answers `undefined`, is how a problem is noted and its value left out.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `[...text]` is wanted where it stands: it splits by code point, which `split('')` does not.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // A Nest module is an empty class: its content is its decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // `Record<never, never>` says "no variables of its own" where a shape is inferred; `object` would lose the names.
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // Nest declares its options as classes and documents them as plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    // Texts from outside are cut between graphemes.
    files: ['libs/**', 'services/**', 'apps/**', 'local/**'],
    ignores: [...tests, ...Object.keys(textsOfOurs)],
    plugins: { hito: { rules: { 'raw-cuts': rawCuts } } },
    rules: { 'hito/raw-cuts': 'error' },
  },
  {
    // Their flags change during an `await`, by a signal or another owner: to the rule they look constant.
    files: ['libs/stream/**', 'services/delivery/sending/**', 'services/ingestion/replay/**'],
    rules: { '@typescript-eslint/no-unnecessary-condition': 'off' },
  },
  {
    // Programs for people: what they print is their result.
    files: ['bench/**', 'test/kill/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: tests,
    rules: {
      // A test says what must be there; if it is not, the throw fails the test.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A processor's `decide` and `wakeAt` are called by themselves: they are pure and know no `this`.
      '@typescript-eslint/unbound-method': 'off',
      // The smallest Nest module of a test is an empty class.
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
);
