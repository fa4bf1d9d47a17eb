import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { alias, packagesOfThisFolder } from '../vite.shared.ts';

// The public pages are rendered by the server and link this one file by its plain name: no hash, no chunks.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  publicDir: false,
  resolve: { alias },
  plugins: [packagesOfThisFolder()],
  build: {
    outDir: resolve(import.meta.dirname, '../dist/portal'),
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    lib: {
      entry: resolve(import.meta.dirname, '../src/portal/verify.ts'),
      formats: ['es'],
      fileName: () => 'verify.js',
    },
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
