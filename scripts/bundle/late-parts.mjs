import { dirname, relative, resolve } from 'node:path';

/**
 * esbuild plugin: modules (by their path from the root) that are imported late come from bundles of their own, which
 * lie beside the one that is being built. esbuild itself splits only ES modules.
 */
export function loadLate(late) {
  return {
    name: 'load-late',
    setup(api) {
      api.onResolve({ filter: /^\.{1,2}\// }, ({ kind, path, importer }) => {
        const module = relative(api.initialOptions.absWorkingDir, resolve(dirname(importer), path));
        const bundle = kind === 'dynamic-import' ? late[module] : undefined;
        return bundle === undefined ? undefined : { path: `./${bundle}.cjs`, external: true };
      });
    },
  };
}
