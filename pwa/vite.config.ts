import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { alias, packagesOfThisFolder } from './vite.shared.ts';

// `prompt`, never autoUpdate: a page that reloads by itself throws away what was typed and not yet saved.
const serviceWorker = VitePWA({
  strategies: 'injectManifest',
  srcDir: 'src',
  filename: 'sw.ts',
  registerType: 'prompt',
  injectRegister: false,
  injectManifest: {
    globPatterns: ['**/*.{js,css,html,svg,png,wasm,webmanifest,woff2}'],
    maximumFileSizeToCacheInBytes: 4_000_000,
  },
  manifest: {
    id: '/tablet/',
    name: '双随机联合抽查',
    short_name: '联合抽查',
    description: '双随机联合抽查现场检查端',
    lang: 'zh-CN',
    dir: 'ltr',
    start_url: '/tablet/',
    scope: '/tablet/',
    display: 'standalone',
    background_color: '#f2f4f6',
    theme_color: '#0a5ea8',
    icons: [
      { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
      { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    ],
  },
});

export default defineConfig({
  base: '/tablet/',
  logLevel: 'warn',
  resolve: { alias },
  plugins: [packagesOfThisFolder(), vue(), serviceWorker],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', manifest: true, reportCompressedSize: false },
});
