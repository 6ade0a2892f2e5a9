import { relative } from 'node:path'
import { API_VERSION, VERSION } from '../base/version.ts'
import type { Isolation } from '../kernel/settings/plugin-use.ts'
import type { LockedBundle, PluginBundle } from '../loader/bundle.ts'
import { checkBundle } from '../loader/locked-bundle.ts'
import { PluginError } from '../loader/plugin-error.ts'
import { cannot, incompatible, notInstalled, PackageError } from './package-error.ts'
import { LOCK_FILE, type Lock, type Locked, readLock } from './store/lock.ts'
import { bundlePath, Store } from './store/store.ts'
import { usedPackages } from './used.ts'

/** An installed plugin, as it is loaded; `source` is how messages name it. */
export interface InstalledBundle extends PluginBundle {
  readonly locked: LockedBundle
}

/** An installed plugin that a configuration names. */
export interface NamedPlugin {
  readonly name: string
  readonly isolation: Isolation | undefined
  /** `file:line:column`. */
  readonly place: string
}

/**
 * The plugins installed beside a configuration, in the order of their names; those it names come
 * first, in its order. Where its texts are given, those it cannot use are left out: what lies in their
 * place is compared with the lock all the same. Throws `PackageError` with each that this gateway
 * cannot take, or that is named and not installed; `builtIn` are those that need not be.
 */
export async function installedPlugins(
  folder: string,
  named: readonly NamedPlugin[],
  texts?: readonly string[],
  builtIn: readonly string[] = [],
): Promise<readonly InstalledBundle[]> {
  const lock = readLock(folder)
  if (lock.size === 0 && named.length === 0) return []
  const reasons: string[] = []
  const attempt = (check: () => void) => {
    try {
      check()
    } catch (error) {
      if (!(error instanceof PackageError || error instanceof PluginError)) throw error
      reasons.push(...error.reasons)
    }
  }
  const uses = named.map(({ name }) => packageOf(name, lock))
  for (const [i, each] of named.entries()) {
    attempt(() => {
      if (builtIn.includes(each.name)) throw isBuiltIn(each)
      checkUse(each, uses[i], uses.slice(0, i), lock)
    })
  }
  const fits = await fitting()
  const useOf = (name: string) => named.find((_, i) => uses[i] === name)
  for (const [name, locked] of lock) {
    attempt(() => checkGateway(name, locked, LOCK_FILE, fits))
    attempt(() => checkIsolation(name, locked.isolation, useOf(name)))
  }
  if (reasons.length > 0) throw new PackageError(reasons)
  const store = new Store(folder)
  const order = new Set([...uses.filter((name) => name !== undefined), ...lock.keys()])
  const bundles = [...order].map((name) => {
    const locked = lock.get(name) as Locked
    return bundleOf(name, locked, store, isolationOf(locked, useOf(name)))
  })
  if (texts === undefined) return bundles
  const packages = uses.filter((name) => name !== undefined)
  const used = usedPackages(lock, { texts, named: packages })
  const isUsed = ({ locked }: InstalledBundle) => used.has(locked.name)
  for (const each of bundles) {
    const { locked, path, source } = each
    if (!isUsed(each)) attempt(() => checkBundle(source, path, locked.hash))
  }
  if (reasons.length > 0) throw new PackageError(reasons)
  return bundles.filter(isUsed)
}

/** How a plugin of the lock is loaded. */
function bundleOf(
  name: string,
  { bundle: hash, order, permissions: granted, plugin, version, ...rest }: Locked,
  store: Store,
  isolation: Isolation,
): InstalledBundle {
  const path = bundlePath(store.home(name, { bundle: hash, version, ...rest }))
  const source = `${name}@${version} (${relative(store.folder, path)})`
  return { source, path, locked: { name, version, plugin, hash, order, isolation, granted } }
}

/** Where it runs: as the configuration says, else natively wherever it can. */
function isolationOf({ isolation }: Locked, use: NamedPlugin | undefined): Isolation {
  if (use?.isolation !== undefined) return use.isolation
  return isolation === 'sandbox' ? 'sandbox' : 'native'
}

type Fits = (version: string, range: string) => boolean

/** Loaded late: a gateway without installed plugins compares no versions. */
export async function fitting(): Promise<Fits> {
  const { default: satisfies } = await import('semver/functions/satisfies.js')
  return (version, range) => satisfies(version, range, { includePrerelease: true })
}

/** Throws where a plugin wants another gateway; `file` is where it says so. */
export function checkGateway(
  name: string,
  wanted: { readonly engine: string; readonly apiVersion: number },
  file: string,
  fits: Fits,
): void {
  if (!fits(VERSION, wanted.engine)) {
    const fault = `wants a gateway ${wanted.engine}, and this is ${VERSION}`
    throw incompatible(name, file, 'engines.gateway', fault)
  }
  if (wanted.apiVersion !== API_VERSION) {
    const than = wanted.apiVersion > API_VERSION ? 'newer' : 'older'
    const fault = `${wanted.apiVersion} is ${than} than the plugin API of this gateway, ${API_VERSION}`
    throw incompatible(name, file, 'gateway.apiVersion', fault)
  }
}

/** Throws where a plugin is to run where its manifest says that it cannot. */
function checkIsolation(name: string, isolation: string, use: NamedPlugin | undefined): void {
  const wanted = use?.isolation
  if (use === undefined || wanted === undefined || isolation === 'either') return
  if (wanted === isolation) return
  const [fault, mend] =
    isolation === 'sandbox'
      ? ['is made for a sandbox alone', 'write "isolation: sandbox", or leave it out']
      : [
          'is made to run natively alone ("gateway.isolation" of its package.json)',
          'leave "isolation" out to trust it, or ask its author for one that is "either"',
        ]
  throw cannot(`${use.place}: plugin "${name}" ${fault}`, mend)
}

function isBuiltIn({ name, place }: NamedPlugin): PackageError {
  return cannot(`${place}: plugin "${name}" is built in`, 'it is there without being named')
}

function checkUse(
  use: NamedPlugin,
  name: string | undefined,
  before: readonly (string | undefined)[],
  lock: Lock,
): void {
  if (name === undefined) {
    const [reason = ''] = notInstalled(use.name, [...lock.keys()]).reasons
    throw new PackageError([
      `${use.place}: ${reason}; "gateway plugin install ${use.name}" installs it, ` +
        'and a file is named by a path: "./my-plugin.ts"',
    ])
  }
  // Where it runs must not depend on which of two lines somebody reads.
  if (before.includes(name))
    throw cannot(`${use.place}: plugin "${name}" is named twice`, 'name it once')
}

/** By the name of its package, or by its own. */
export function packageOf(word: string, lock: Lock): string | undefined {
  if (lock.has(word)) return word
  return [...lock].find(([, { plugin }]) => plugin === word)?.[0]
}
