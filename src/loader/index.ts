import { pathToFileURL } from 'node:url'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import type { PluginFile } from '../kernel/settings/plugin-use.ts'
import { bundlePlugins, type LockedBundle, type PluginBundle } from './bundle.ts'
import { asPlugin, problemOf } from './check-plugin.ts'
import { countedPlugin } from './counted-plugin.ts'
import { type IsolatedSource, isolated } from './isolated.ts'
import { checkBundle } from './locked-bundle.ts'
import { openHandles } from './open-handles.ts'
import { builtInUrl, provideApi } from './plugin-api.ts'
import {
  duplicatePlugin,
  importFailed,
  joinFailures,
  notAPlugin,
  otherName,
  variableTaken,
} from './plugin-error.ts'
import { VariableOwners } from './variable-owners.ts'

/** Names of the built-in plugins, in the order in which they act. */
export interface BuiltIn {
  readonly first: readonly string[]
  /** Behind those that files bring. */
  readonly last: readonly string[]
}

/** Where plugins come from. */
export interface PluginSources {
  readonly builtIn: BuiltIn
  /** Bundles of installed packages. */
  readonly installed?: readonly PluginBundle[]
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
  installed = [],
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
  const packages = installed.map((each): Loadable => {
    if (each.locked?.isolation !== 'sandbox') return each
    return { ...each, cache, handed: undefined }
  })
  return loadAll(builtIn, [...packages, ...bundles])
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
  if (bundles.some((each) => 'locked' in each && each.locked)) await provideApi()
  const theirs = await loadEach(bundles, first)
  const plugins = theirs.map(({ bundle, plugin }) => {
    // What runs apart holds nothing here.
    const open = 'cache' in bundle ? () => 0 : openHandles(pathToFileURL(bundle.path).href)
    return countedPlugin(plugin, open)
  })
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

/** Throws `PluginError` with all that cannot be loaded. */
async function loadEach(
  bundles: readonly Loadable[],
  ours: readonly AnyPlugin[],
): Promise<readonly Loaded[]> {
  const results = await Promise.allSettled(bundles.map((each) => load(each, ours)))
  const failures = results.filter((each) => each.status === 'rejected')
  if (failures.length > 0) throw joinFailures(failures.map(({ reason }) => reason))
  return results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

async function load(bundle: Loadable, ours: readonly AnyPlugin[]): Promise<Loaded> {
  if (!('cache' in bundle)) return { plugin: await importBundle(bundle), bundle }
  const { handed, locked, path, source } = bundle
  // What the master has made of it was compared there.
  if (locked && path !== undefined && handed === undefined) checkBundle(source, path, locked.hash)
  const made = await isolated(bundle, ours)
  return locked ? { ...made, plugin: asLocked(made.plugin, source, locked) } : made
}

async function importBundle({ source, path, locked }: PluginBundle): Promise<AnyPlugin> {
  if (locked) checkBundle(source, path, locked.hash)
  const plugin = await importDefault(source, pathToFileURL(path).href)
  return locked ? asLocked(plugin, source, locked) : plugin
}

/** A plugin as its package has told it. */
function asLocked(plugin: AnyPlugin, source: string, locked: LockedBundle): AnyPlugin {
  if (plugin.name !== locked.plugin) throw otherName(source, plugin.name, locked.plugin)
  // What the operator has agreed to is in the manifest.
  return { ...plugin, order: locked.order }
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

/** Throws where a plugin has the name, or a variable, of another one. */
function checkNames(
  ours: readonly AnyPlugin[],
  theirs: readonly AnyPlugin[],
  bundles: readonly Loadable[],
): void {
  const taken = new Map(ours.map(({ name }) => [name, 'a built-in plugin']))
  const owners = new VariableOwners()
  for (const plugin of ours) owners.add(plugin, 'the gateway itself')
  for (const [i, plugin] of theirs.entries()) {
    const { name } = plugin
    const source = bundles[i]?.source ?? name
    const other = taken.get(name)
    if (other !== undefined) throw duplicatePlugin(source, name, other)
    taken.set(name, `"${source}"`)
    const variable = owners.taken(plugin)
    if (variable) throw variableTaken(source, variable)
    owners.add(plugin, `plugin "${source}"`)
  }
}
