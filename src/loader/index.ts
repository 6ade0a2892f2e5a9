import { pathToFileURL } from 'node:url'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import type { PluginFile } from '../kernel/settings/plugin-files.ts'
import { bundlePlugins, type PluginBundle } from './bundle.ts'
import { asPlugin, problemOf } from './check-plugin.ts'
import { type IsolatedSource, isolated } from './isolated.ts'
import { builtInUrl } from './plugin-api.ts'
import { duplicatePlugin, importFailed, notAPlugin } from './plugin-error.ts'

/** Names of the built-in plugins, in the order in which they act. */
export interface BuiltIn {
  readonly first: readonly string[]
  /** Behind those that files bring. */
  readonly last: readonly string[]
}

/** Where plugins come from. */
export interface PluginSources {
  readonly builtIn: BuiltIn
  readonly files: readonly PluginFile[]
  /** The folder for bundles. */
  readonly cache: string
}

/** A plugin file in a form that workers can load without bundling it. */
export type Loadable = PluginBundle | IsolatedSource

/** Plugins, and what a worker needs to load the same ones. */
export interface LoadedPlugins {
  readonly plugins: readonly AnyPlugin[]
  readonly bundles: readonly Loadable[]
}

/** Bundles what files bring, and imports everything. */
export async function loadPlugins({
  builtIn,
  cache,
  files,
}: PluginSources): Promise<LoadedPlugins> {
  const native = files.filter(({ isolation }) => isolation === 'native')
  const made = await bundlePlugins(
    native.map(({ path }) => path),
    cache,
  )
  const bundles: Loadable[] = files.map(({ isolation, path }) => {
    if (isolation === 'sandbox') return { source: path, cache, handed: undefined }
    return made[native.findIndex((file) => file.path === path)] as PluginBundle
  })
  return loadAll(builtIn, bundles)
}

/** Imports plugins that were bundled before; esbuild is not needed for it. */
export async function importPlugins(
  builtIn: BuiltIn,
  bundles: readonly Loadable[],
): Promise<readonly AnyPlugin[]> {
  return (await loadAll(builtIn, bundles)).plugins
}

async function loadAll(builtIn: BuiltIn, bundles: readonly Loadable[]): Promise<LoadedPlugins> {
  const ours = (names: readonly string[]) =>
    Promise.all(names.map((name) => importDefault(name, builtInUrl(name))))
  const [first, last] = await Promise.all([ours(builtIn.first), ours(builtIn.last)])
  // From here on stack traces name the lines of the plugins' sources.
  if (bundles.length > 0) process.setSourceMapsEnabled(true)
  const theirs = await Promise.all(bundles.map((each) => load(each, first)))
  const plugins = theirs.map(({ plugin }) => plugin)
  checkNames([...first, ...last], plugins, bundles)
  return {
    plugins: [...first, ...plugins, ...last],
    bundles: theirs.map(({ bundle }) => bundle),
  }
}

interface Loaded {
  readonly plugin: AnyPlugin
  readonly bundle: Loadable
}

async function load(bundle: Loadable, ours: readonly AnyPlugin[]): Promise<Loaded> {
  if (!('path' in bundle)) return isolated(bundle, ours)
  const plugin = await importDefault(bundle.source, pathToFileURL(bundle.path).href)
  return { plugin, bundle }
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

function checkNames(
  ours: readonly AnyPlugin[],
  theirs: readonly AnyPlugin[],
  bundles: readonly Loadable[],
): void {
  const taken = new Map(ours.map(({ name }) => [name, 'a built-in plugin']))
  for (const [i, { name }] of theirs.entries()) {
    const source = bundles[i]?.source ?? name
    const other = taken.get(name)
    if (other !== undefined) throw duplicatePlugin(source, name, other)
    taken.set(name, `"${source}"`)
  }
}
