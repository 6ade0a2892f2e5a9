import { posix } from 'node:path'
import type { OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from 'esbuild'
import type { Refusal } from './diagnostic.ts'
import type { FileId, Origin } from './files.ts'
import { loaderOf } from './loaders.ts'
import type { BuildOrder } from './messages.ts'
import { type Resolved, Resolver } from './resolver.ts'
import type { ScriptFiles } from './script-files.ts'

/** The module around the script: all that is asked of it is a default export. */
export const ENTRY = 'entry'

/** What stands in front of a file's path in esbuild's messages and maps. */
export const NAMESPACE = /^(?:script|packages|provided|empty|entry):/

/** Refusals of imports whose failure the script may catch: esbuild decides, and words it. */
export type Caught = Map<string, Refusal>

/**
 * Stands between esbuild and the file system: every import is resolved, and every file read, by us.
 * esbuild's own resolver and loaders never get a path.
 */
export function scriptPlugin(order: BuildOrder, files: ScriptFiles, caught: Caught): Plugin {
  const resolver = new Resolver(files)
  const source = `export { default } from ${JSON.stringify(`./${posix.basename(order.entry)}`)}`
  return {
    name: 'script',
    setup(build) {
      build.onResolve({ filter: /.*/ }, (args) => {
        if (args.kind === 'entry-point') return { path: ENTRY, namespace: ENTRY }
        if (args.namespace === ENTRY) return { path: order.entry, namespace: 'script' }
        const resolved = resolver.resolve(args.path, importerOf(args), kindOf(args.kind))
        return isCatchable(args, resolved)
          ? keep(caught, args, resolved)
          : resultOf(resolved, args.with.type)
      })
      build.onLoad({ filter: /.*/ }, (args) => {
        switch (args.namespace) {
          case ENTRY:
            return { contents: source, loader: 'js' }
          case 'empty':
            return { contents: 'module.exports = {}', loader: 'js' }
          case 'provided':
            return { contents: order.provided[args.path] ?? '', loader: 'js' }
          case 'script':
          case 'packages':
            return load(args, files)
          default:
            // esbuild has found something itself: files for a computed import.
            return { errors: [{ text: COMPUTED.text, detail: COMPUTED }] }
        }
      })
    },
  }
}

/** An import whose path is only known when the script runs. */
export const COMPUTED: Refusal = {
  code: 'import-computed',
  text: 'an import with a computed path cannot be bundled',
  hint: 'import all the modules there are with fixed paths, and choose from a table',
}

/** Two folders, but both are shown as the script sees its packages. */
const PACKAGES = 'node_modules/'

function fileOf(origin: Origin, path: string): FileId {
  return { origin, path: origin === 'packages' ? path.slice(PACKAGES.length) : path }
}

function importerOf({ namespace, importer }: OnResolveArgs): FileId {
  const path = importer.replace(NAMESPACE, '')
  return namespace === 'packages' || namespace === 'script'
    ? fileOf(namespace, path)
    : { origin: 'script', path: '' }
}

function kindOf(kind: OnResolveArgs['kind']): 'import' | 'require' {
  return kind === 'require-call' || kind === 'require-resolve' ? 'require' : 'import'
}

/** `try { require('x') } catch {}` is how packages ask for what may be absent. */
function isCatchable({ kind, path }: OnResolveArgs, resolved: Resolved): boolean {
  const may = kind === 'require-call' || kind === 'dynamic-import'
  // esbuild resolves URLs without looking for them.
  return may && resolved.kind === 'refused' && !/^(?:\/\/|https?:|data:)/.test(path)
}

function keep(caught: Caught, args: OnResolveArgs, resolved: Resolved): undefined {
  if (resolved.kind === 'refused') caught.set(caughtKey(args.importer, args.path), resolved.refusal)
  return undefined
}

/** Where the refusal of an import is kept in `Caught`. */
export function caughtKey(importer: string, specifier: string): string {
  return `${importer.replace(NAMESPACE, '')}\0${specifier}`
}

function resultOf(resolved: Resolved, type: string | undefined): OnResolveResult {
  switch (resolved.kind) {
    case 'file': {
      const { file, sideEffects } = resolved
      const path = file.origin === 'packages' ? PACKAGES + file.path : file.path
      return { path, namespace: file.origin, sideEffects, pluginData: type }
    }
    case 'provided':
      return { path: resolved.name, namespace: 'provided' }
    case 'empty':
      return { path: 'empty', namespace: 'empty' }
    case 'refused':
      return { errors: [{ text: resolved.refusal.text, detail: resolved.refusal }] }
  }
}

function load(args: OnLoadArgs, files: ScriptFiles): OnLoadResult {
  const loader = loaderOf(args.path, args.with.type)
  if (typeof loader === 'object') return { errors: [{ text: loader.text, detail: loader }] }
  const text = files.read(fileOf(args.namespace as Origin, args.path))
  if (typeof text === 'object') return { errors: [{ text: text.text, detail: text }] }
  const contents = text.replace(/^\uFEFF/, '')
  const mayHaveMap = loader !== 'json' && loader !== 'text'
  return { contents: mayHaveMap ? withoutSourceMap(contents) : contents, loader }
}

/**
 * A comment with `sourceMappingURL` would make esbuild read the file it names, and those the map in
 * it names. In strings and patterns, an escape means the same; in a comment, nothing.
 */
function withoutSourceMap(source: string): string {
  return source.replaceAll(' sourceMappingURL=', ' source\\u004dappingURL=')
}
