import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import typescript from 'typescript-eslint';

export default defineConfig(
  { ignores: ['.caffe*', '.openmpi', 'build/', 'build-*/', 'dist/', 'docs/api/', 'typings/generated/'] },
  eslint.configs.recommended,
  {
    // As .editorconfig and prettier's printWidth say. Prettier does not break comments; what it cannot break either
    // (texts, patterns) is left.
    rules: {
      'max-len': [
        'error',
        { code: 120, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true },
      ],
    },
  },
  {
    files: ['**/*.{ts,cts,mts,tsx}'],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Arguments are checked at run time: callers may be JavaScript.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // What the addon hands out is made by the TypeScript class that it was given, which its types cannot say.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A message's enum fields are numbers on the wire, whatever the enum is called in the linked library's schema.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
    },
  },
  {
    // A project as its user has it: no runner of tests waits for each of them.
    files: ['templates/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['test'] }] },
      ],
    },
  },
  {
    // The CommonJS files, and what TypeScript calls an import there.
    files: ['src/**/*.cts'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
