import type { Plugin } from 'esbuild'
import { invalidOption } from './errors.ts'

/** What scripts may import, made of sources of the operator's own. */
export interface LibraryOrder {
  /** Under which symbol of the registry the library leaves what it exports, on the global object. */
  readonly symbol: string
  /** A TypeScript module that exports what scripts may import. */
  readonly source: string
  /** Absolute: what its relative imports are relative to. */
  readonly folder: string
  /** What stands in the place of a module, by its specifier: an absolute path, or JavaScript. */
  readonly instead: Readonly<Record<string, string | { readonly source: string }>>
}

/**
 * Bundles a library into one script, which is evaluated before those that use it. What nothing of it
 * uses is left out: nothing in the sources is taken to have effects by itself.
 */
export async function bundleLibrary({
  folder,
  instead,
  source,
  symbol,
}: LibraryOrder): Promise<string> {
  // Late: a gateway that was built has made it already.
  const esbuild = await import('esbuild')
  const { metafile, outputFiles } = await esbuild.build({
    stdin: { contents: source, resolveDir: folder, loader: 'ts' },
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: LIBRARY,
    platform: 'neutral',
    target: 'es2023',
    charset: 'ascii',
    treeShaking: true,
    minify: true,
    logLevel: 'silent',
    legalComments: 'none',
    plugins: [replacing(instead)],
  })
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports)
  if (left[0]) throw invalidOption('library', `needs "${left[0].path}", which scripts have not`)
  const text = outputFiles[0]?.text ?? ''
  return `(function(){"use strict";${text}globalThis[Symbol.for(${JSON.stringify(symbol)})]=${LIBRARY}})()`
}

const LIBRARY = 'library'

/** The module that scripts import: these names of a library. */
export function libraryModule(symbol: string, names: readonly string[]): string {
  return `export const { ${names.join()} } = globalThis[Symbol.for(${JSON.stringify(symbol)})]`
}

function replacing(instead: LibraryOrder['instead']): Plugin {
  return {
    name: 'library',
    setup(plugins) {
      plugins.onResolve(
        { filter: /.*/ },
        async ({ importer, kind, path, pluginData, resolveDir }) => {
          if (kind === 'entry-point' || pluginData === RESOLVING) return undefined
          const own = Object.hasOwn(instead, path) ? instead[path] : undefined
          if (typeof own === 'string') return { path: own, sideEffects: false }
          if (own) return { path, namespace: 'instead', sideEffects: false }
          // What is not used of it goes; what is used must have been replaced.
          if (!path.startsWith('.')) return { path, external: true, sideEffects: false }
          const options = { importer, kind, resolveDir, pluginData: RESOLVING }
          return { ...(await plugins.resolve(path, options)), sideEffects: false }
        },
      )
      plugins.onLoad({ filter: /.*/, namespace: 'instead' }, ({ path }) => ({
        contents: (instead[path] as { readonly source: string }).source,
        loader: 'js',
      }))
    },
  }
}

const RESOLVING = Symbol('resolving')
