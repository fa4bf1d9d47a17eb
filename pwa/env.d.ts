/// <reference types="vite/client" />

/** A build says its version where its maker names one. */
interface ImportMetaEnv {
  readonly VITE_BUILD?: string;
}

// vue-tsc reads the real type of every component; the linter's plain TypeScript needs this one line instead.
declare module '*.vue' {
  import type { DefineComponent } from 'vue';
  const component: DefineComponent<object, object, unknown>;
  export default component;
}
