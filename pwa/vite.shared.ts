import { isAbsolute, relative, resolve } from 'node:path';
import type { Plugin } from 'vite';

const here = import.meta.dirname;

/** `@sync/x` is the kernel that tablet, portal and server share; it lies beside this folder. */
export const alias = { '@sync': resolve(here, '../sync') };

/**
 * Files outside this folder (the kernel, the tests) have no node_modules above them: their bare imports are
 * looked up as if they stood here, so that there is one set of locked packages.
 */
export function packagesOfThisFolder(): Plugin {
  return {
    name: 'packages-of-this-folder',
    enforce: 'pre',
    async resolveId(id, importer, options) {
      if (!importer || !isAbsolute(importer) || !/^[a-z@]/i.test(id) || id.startsWith('@sync/')) return null;
      if (!relative(here, importer).startsWith('..')) return null;
      return this.resolve(id, resolve(here, 'package.json'), { ...options, skipSelf: true });
    },
  };
}
