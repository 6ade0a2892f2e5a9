import { pathToFileURL } from 'node:url'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { bundlePlugins, type PluginBundle } from './bundle.ts'
import { asPlugin, problemOf } from './check-plugin.ts'
import { builtInUrl } from './plugin-api.ts'
import { duplicatePlugin, importFailed, notAPlugin } from './plugin-error.ts'

/** Where plugins come from. */
export interface PluginSources {
  /** Names of the built-in ones, in the order in which they act. */
  readonly builtIn: readonly string[]
  /** Absolute paths of plugin files. */
  readonly files: readonly string[]
  /** The folder for bundles. */
  readonly cache: string
}

/** Plugins, and what a worker needs to load the same ones. */
export interface LoadedPlugins {
  readonly plugins: readonly AnyPlugin[]
  readonly bundles: readonly PluginBundle[]
}

/** Bundles and imports: built-in plugins first, then the files as they were named. */
export async function loadPlugins(sources: PluginSources): Promise<LoadedPlugins> {
  const bundles = await bundlePlugins(sources.files, sources.cache)
  return { plugins: await importPlugins(sources.builtIn, bundles), bundles }
}

/** Imports plugins that were bundled before; esbuild is not needed for it. */
export async function importPlugins(
  builtIn: readonly string[],
  bundles: readonly PluginBundle[],
): Promise<readonly AnyPlugin[]> {
  const own = await Promise.all(builtIn.map((name) => importDefault(name, builtInUrl(name))))
  // From here on stack traces name the lines of the plugins' sources.
  if (bundles.length > 0) process.setSourceMapsEnabled(true)
  const others = await Promise.all(
    bundles.map(({ source, path }) => importDefault(source, pathToFileURL(path).href)),
  )
  const plugins = [...own, ...others]
  checkNames(plugins, bundles)
  return plugins
}

async function importDefault(source: string, url: string): Promise<AnyPlugin> {
  let module: { default?: unknown }
  try {
    module = (await import(url)) as { default?: unknown }
  } catch (error) {
    throw importFailed(source, error)
  }
  const problem = problemOf(module.default)
  if (problem) throw notAPlugin(source, problem)
  return asPlugin(module.default)
}

function checkNames(plugins: readonly AnyPlugin[], bundles: readonly PluginBundle[]): void {
  const builtIn = plugins.length - bundles.length
  const seen = new Map<string, string>()
  for (const [i, { name }] of plugins.entries()) {
    const source = bundles[i - builtIn]?.source
    const other = seen.get(name)
    if (other) throw duplicatePlugin(source ?? name, name, other)
    seen.set(name, source === undefined ? 'a built-in plugin' : `"${source}"`)
  }
}
