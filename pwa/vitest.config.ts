import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { alias, packagesOfThisFolder } from './vite.shared.ts';

export default defineConfig({
  resolve: { alias },
  plugins: [packagesOfThisFolder(), vue()],
  server: { fs: { allow: ['..'] } },
  test: {
    dir: '..',
    include: ['tests/**/*.test.ts', 'pwa/src/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.venv/**'],
    environment: 'node',
    passWithNoTests: true,
    // Time is no claim of a test: a busy machine is slow, not wrong.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
