import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { AnyPlugin } from '../kernel/plugin-record.ts'
import { bundlePlugins, type PluginBundle } from './bundle.ts'
import { asPlugin, problemOf } from './check-plugin.ts'
import { builtInUrl, provideApi } from './plugin-api.ts'
import {
  bundleChanged,
  duplicatePlugin,
  importFailed,
  joinFailures,
  notAPlugin,
  otherName,
} from './plugin-error.ts'

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

/** Bundles what files bring, and imports everything. */
export async function loadPlugins(sources: PluginSources): Promise<LoadedPlugins> {
  const made = await bundlePlugins(sources.files, sources.cache)
  const bundles = [...(sources.installed ?? []), ...made]
  return { plugins: await importPlugins(sources.builtIn, bundles), bundles }
}

/** Imports plugins that were bundled before; esbuild is not needed for it. */
export async function importPlugins(
  builtIn: BuiltIn,
  bundles: readonly PluginBundle[],
): Promise<readonly AnyPlugin[]> {
  const ours = (names: readonly string[]) =>
    Promise.all(names.map((name) => importDefault(name, builtInUrl(name))))
  const [first, last] = await Promise.all([ours(builtIn.first), ours(builtIn.last)])
  // From here on stack traces name the lines of the plugins' sources.
  if (bundles.length > 0) process.setSourceMapsEnabled(true)
  if (bundles.some(({ locked }) => locked)) await provideApi()
  const theirs = await importAll(bundles)
  checkNames([...first, ...last], theirs, bundles)
  return [...first, ...theirs, ...last]
}

/** Throws `PluginError` with all that cannot be imported. */
async function importAll(bundles: readonly PluginBundle[]): Promise<readonly AnyPlugin[]> {
  const results = await Promise.allSettled(bundles.map(importBundle))
  const failures = results.filter((each) => each.status === 'rejected')
  if (failures.length > 0) throw joinFailures(failures.map(({ reason }) => reason))
  return results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
}

async function importBundle({ source, path, locked }: PluginBundle): Promise<AnyPlugin> {
  if (locked) checkHash(source, path, locked.hash)
  const plugin = await importDefault(source, pathToFileURL(path).href)
  if (!locked) return plugin
  if (plugin.name !== locked.plugin) throw otherName(source, plugin.name, locked.plugin)
  // What the operator has agreed to is in the manifest.
  return { ...plugin, order: locked.order }
}

/** What is run is what was installed: nothing else is, however it has come there. */
function checkHash(source: string, path: string, hash: string): void {
  let code: Uint8Array
  try {
    code = readFileSync(path)
  } catch {
    throw bundleChanged(source, 'is not there')
  }
  const found = `sha256-${createHash('sha256').update(code).digest('base64')}`
  if (found !== hash) throw bundleChanged(source, 'is not the one of gateway.lock')
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
  bundles: readonly PluginBundle[],
): void {
  const taken = new Map(ours.map(({ name }) => [name, 'a built-in plugin']))
  for (const [i, { name }] of theirs.entries()) {
    const source = bundles[i]?.source ?? name
    const other = taken.get(name)
    if (other !== undefined) throw duplicatePlugin(source, name, other)
    taken.set(name, `"${source}"`)
  }
}
