import { resolve } from 'node:path';
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import globals from 'globals';
import ts from 'typescript-eslint';

// Run from the repository's root (`eslint -c pwa/eslint.config.js pwa sync tests`): the kernel and its tests
// lie outside this folder and are held to the same rules.
const here = import.meta.dirname;

export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.venv/**', 'sync/words.ts', 'data/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [...ts.configs.strictTypeChecked, ...vue.configs['flat/recommended']],
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        parser: ts.parser,
        extraFileExtensions: ['.vue'],
        tsconfigRootDir: here,
        project: ['app', 'sw', 'tests', 'node'].map((name) => resolve(here, `tsconfig.${name}.json`)),
      },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-undef': 'off',
      'vue/multi-word-component-names': 'off',
    },
  },
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: { ...globals.node } } },
  prettier,
);
