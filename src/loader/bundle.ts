import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BuildOptions, BuildResult, Plugin as EsbuildPlugin } from 'esbuild'
import type { Granted, OrderRules } from '../kernel/plugin-record.ts'
import type { Isolation } from '../kernel/settings/plugin-use.ts'
import { BundleCache, cacheFolder } from './cache.ts'
import { pluginApiUrl } from './plugin-api.ts'
import { bundleFailed, joinFailures } from './plugin-error.ts'
import { framesOf, MODULE_OPTIONS } from './plugin-module.ts'

/** A plugin file, bundled to one module that can be imported. */
export interface PluginBundle {
  /** The plugin's source, an absolute path. */
  readonly source: string
  /** The module. */
  readonly path: string
  /** What an installed package's bundle has to be; those of files are made anew where needed. */
  readonly locked?: LockedBundle
}

/** What the lock says of a bundle. */
export interface LockedBundle {
  /** The package's name. */
  readonly name: string
  readonly version: string
  /** The plugin's own. */
  readonly plugin: string
  /** `sha256-…` of the module. */
  readonly hash: string
  /** From its manifest, in the place of the plugin's own. */
  readonly order: OrderRules
  readonly isolation: Isolation
  /** What the operator has granted; natively it is only told. */
  readonly granted: Granted
}

type Esbuild = typeof import('esbuild')

let stays = false

/** From now on esbuild's process stays: whoever bundles often does not wait for it each time. */
export function keepBundler(): void {
  stays = true
}

/** Changes whenever bundles come out differently from the same sources. */
const FORMAT = '1'

/**
 * Bundles plugin files (TypeScript or JavaScript, with what they import). Bundles are kept in
 * `cache`; esbuild runs only when a source has changed. Throws `PluginError` with esbuild's code
 * frames, of all files at once.
 */
export async function bundlePlugins(
  files: readonly string[],
  cache: string,
): Promise<readonly PluginBundle[]> {
  if (files.length === 0) return []
  const store = new BundleCache(cacheFolder(cache), salt())
  const found = files.map((source) => ({ source, path: store.find(source) }))
  const missing = found.filter(({ path }) => path === undefined).map(({ source }) => source)
  const made = missing.length > 0 ? await makeAll(missing, store) : new Map<string, string>()
  return found.map(({ source, path }) => ({ source, path: path ?? (made.get(source) as string) }))
}

async function makeAll(
  sources: readonly string[],
  store: BundleCache,
): Promise<ReadonlyMap<string, string>> {
  const esbuild = await import('esbuild')
  try {
    const results = await Promise.allSettled(sources.map((each) => make(each, store, esbuild)))
    const failures = results
      .filter((each) => each.status === 'rejected')
      .map(({ reason }) => reason)
    if (failures.length > 0) throw joinFailures(failures)
    const paths = results.map((each) => (each.status === 'fulfilled' ? each.value : ''))
    return new Map(sources.map((source, i) => [source, paths[i] ?? '']))
  } finally {
    // Its process would otherwise live as long as this one.
    if (!stays) await esbuild.stop()
  }
}

async function make(source: string, store: BundleCache, esbuild: Esbuild): Promise<string> {
  let result: BuildResult<{ metafile: true; write: false }>
  try {
    result = await esbuild.build(optionsFor(source))
  } catch (error) {
    throw bundleFailed(source, await framesOf(error, esbuild))
  }
  const inputs = Object.keys(result.metafile.inputs).map((path) => resolve(dirname(source), path))
  return store.store(source, inputs, result.outputFiles?.[0]?.text ?? '')
}

function optionsFor(source: string) {
  const url = JSON.stringify(pathToFileURL(source).href)
  return {
    ...MODULE_OPTIONS,
    absWorkingDir: dirname(source),
    entryPoints: [source],
    sourceRoot: `${pathToFileURL(dirname(source)).href}/`,
    banner: {
      js:
        `import { createRequire as __createRequire } from 'node:module'; ` +
        `const __pluginUrl = ${url}, __pluginFile = ${JSON.stringify(source)}, ` +
        `__pluginFolder = ${JSON.stringify(dirname(source))}, require = __createRequire(__pluginUrl);`,
    },
    plugins: [pluginApi],
  } satisfies BuildOptions
}

const pluginApi: EsbuildPlugin = {
  name: 'gateway-plugin-api',
  setup(build) {
    build.onResolve({ filter: /^gateway\// }, ({ path }) => {
      const url = pluginApiUrl(path)
      if (url) return { path: url, external: true }
      return { errors: [{ text: `"${path}" does not exist; plugins import "gateway/plugin"` }] }
    })
  },
}

function salt(): string {
  const manifest = createRequire(import.meta.url).resolve('esbuild/package.json')
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  return [FORMAT, version, pluginApiUrl('gateway/plugin')].join(' ')
}
