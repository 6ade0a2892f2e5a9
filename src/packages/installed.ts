import { relative } from 'node:path'
import { API_VERSION, VERSION } from '../base/version.ts'
import type { OrderRules } from '../kernel/plugin-record.ts'
import { cannot, incompatible, notInstalled, PackageError } from './package-error.ts'
import { LOCK_FILE, type Lock, type Locked, readLock } from './store/lock.ts'
import { bundlePath, Store } from './store/store.ts'

/** An installed plugin, as it is loaded. */
export interface InstalledBundle {
  /** How messages name it. */
  readonly source: string
  readonly path: string
  /** What the bundle has to be, and what the plugin in it has to be called. */
  readonly locked: {
    readonly name: string
    readonly plugin: string
    readonly hash: string
    readonly order: OrderRules
  }
}

/** An installed plugin that a configuration names. */
export interface NamedPlugin {
  readonly name: string
  readonly isolation: string | undefined
  /** `file:line:column`. */
  readonly place: string
}

/**
 * The plugins installed beside a configuration, in the order of their names; those it names come
 * first, in its order. Reads the lock and nothing else. Throws `PackageError` with each that this
 * gateway cannot take, or that is named and not installed.
 */
export async function installedPlugins(
  folder: string,
  named: readonly NamedPlugin[],
): Promise<readonly InstalledBundle[]> {
  const lock = readLock(folder)
  if (lock.size === 0 && named.length === 0) return []
  const reasons: string[] = []
  const attempt = (check: () => void) => {
    try {
      check()
    } catch (error) {
      if (!(error instanceof PackageError)) throw error
      reasons.push(...error.reasons)
    }
  }
  const uses = named.map((each) => {
    const name = packageOf(each.name, lock)
    attempt(() => checkUse(each, name, lock))
    return name
  })
  const fits = await fitting()
  for (const [name, locked] of lock) {
    attempt(() => checkGateway(name, locked, LOCK_FILE, fits))
    const use = named.find((_, i) => uses[i] === name)
    attempt(() => checkIsolation(name, locked.isolation, LOCK_FILE, use))
  }
  if (reasons.length > 0) throw new PackageError(reasons)
  const store = new Store(folder)
  const order = new Set([...uses.filter((name) => name !== undefined), ...lock.keys()])
  return [...order].map((name) => bundleOf(name, lock.get(name) as Locked, store))
}

/** How a plugin of the lock is loaded. */
export function bundleOf(name: string, locked: Locked, store: Store): InstalledBundle {
  const path = bundlePath(store.home(name, locked))
  const { plugin, bundle: hash, order } = locked
  const source = `${name}@${locked.version}`
  const shown = relative(store.folder, path)
  return { source: `${source} (${shown})`, path, locked: { name, plugin, hash, order } }
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

/** Throws where a plugin has to run in a sandbox, which installed ones cannot yet. */
export function checkIsolation(
  name: string,
  isolation: string,
  file: string,
  use?: NamedPlugin,
): void {
  if (use?.isolation === 'native' && isolation === 'sandbox') {
    throw cannot(
      `${use.place}: plugin "${name}" is made for a sandbox alone`,
      'write "isolation: sandbox"',
    )
  }
  const place = use?.isolation === 'sandbox' ? use.place : undefined
  if (isolation !== 'sandbox' && place === undefined) return
  throw cannot(
    `${place ?? `plugin "${name}": ${file}, "gateway.isolation"`}: ` +
      `this gateway runs installed plugins natively only, and no sandbox would hold "${name}"`,
    place === undefined
      ? 'ask its author for one that is "native" or "either"'
      : 'leave "isolation" out to trust it, or remove it',
  )
}

function checkUse(use: NamedPlugin, name: string | undefined, lock: Lock): void {
  if (name === undefined) {
    const [reason = ''] = notInstalled(use.name, [...lock.keys()]).reasons
    throw new PackageError([
      `${use.place}: ${reason}; "gateway plugin install ${use.name}" installs it, ` +
        'and a file is named by a path: "./my-plugin.ts"',
    ])
  }
  const { isolation } = use
  if (isolation !== undefined && isolation !== 'native' && isolation !== 'sandbox') {
    const fault = `${use.place}: plugin "${name}": isolation cannot be "${isolation}"`
    throw cannot(fault, 'write "native" or "sandbox"')
  }
}

/** By the name of its package, or by its own. */
export function packageOf(word: string, lock: Lock): string | undefined {
  if (lock.has(word)) return word
  return [...lock].find(([, { plugin }]) => plugin === word)?.[0]
}
