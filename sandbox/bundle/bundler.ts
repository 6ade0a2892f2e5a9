import { dirname, relative, resolve, sep } from 'node:path'
import { Builder } from './builder.ts'
import { BundleCache, type CacheLimits } from './cache.ts'
import type { Diagnostic } from './diagnostic.ts'
import { invalidOption, scriptNotFound } from './errors.ts'
import type { BuildOrder, Input } from './messages.ts'
import { type BundleOptions, DEFAULT_GLOBAL, DEFAULT_LIMITS } from './options.ts'
import { BundleMap } from './source-map.ts'

/** A script as one piece. Types were not checked: that is `tsc`'s work, or an editor's. */
export interface Bundle {
  /**
   * A strict script. Evaluated, it leaves the module in `global`: an object whose `default` is the
   * default export.
   */
  readonly code: string
  /** The name of the global variable. */
  readonly global: string
  readonly map: BundleMap
  /** Absolute paths of all files that were read, manifests of packages too: what to watch. */
  readonly inputs: readonly string[]
  readonly warnings: readonly Diagnostic[]
}

/** Where bundles are kept between starts. */
export interface BundlerOptions {
  /** A folder only this user may write to; without it nothing is kept. */
  readonly cache?: string
  readonly cacheLimits?: CacheLimits
}

/**
 * Bundles scripts. Building happens in a process of its own, started with the first script that is
 * not in the cache. `close` it.
 */
export class Bundler {
  readonly #builder: Builder
  readonly #cache: BundleCache | undefined

  /** Throws `BundleError` where others may write to the cache. */
  constructor({ cache, cacheLimits }: BundlerOptions = {}, builder = new Builder()) {
    this.#builder = builder
    this.#cache = cache === undefined ? undefined : new BundleCache(cache, cacheLimits)
  }

  /** Rejects with `BundleError`, which has the places in the script. */
  async bundle(file: string, options: BundleOptions = {}): Promise<Bundle> {
    const order = orderOf(file, options)
    const found = this.#cache?.find(order)
    if (found) return bundleOf(order, found, found.inputs)
    const built = await this.#builder.build(order, file)
    this.#cache?.store(order, built, built.evidence)
    return bundleOf(order, built, built.evidence.inputs)
  }

  /** Gives up what is being built, and leaves no process behind. */
  close(): void {
    this.#builder.close()
    this.#cache?.trim()
  }
}

/** Bundles one script, once, without a cache. */
export async function bundle(file: string, options: BundleOptions = {}): Promise<Bundle> {
  const bundler = new Bundler()
  try {
    return await bundler.bundle(file, options)
  } finally {
    bundler.close()
  }
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

function orderOf(file: string, options: BundleOptions): BuildOrder {
  const { absent = {}, global = DEFAULT_GLOBAL, packages, provided = {}, limits } = options
  if (!IDENTIFIER.test(global)) throw invalidOption('global', `is no identifier: "${global}"`)
  const path = resolve(file)
  const folder = resolve(options.folder ?? dirname(path))
  const entry = relative(folder, path)
  if (entry.startsWith(`..${sep}`)) throw scriptNotFound(file, 'lies outside of its folder')
  return {
    folder,
    entry,
    packages: packages === undefined ? undefined : resolve(packages),
    global,
    provided,
    absent,
    limits: { ...DEFAULT_LIMITS, ...limits },
  }
}

function bundleOf(
  order: BuildOrder,
  { code, map, warnings }: { code: string; map: string; warnings: readonly Diagnostic[] },
  inputs: readonly Input[],
): Bundle {
  const folders = { script: order.folder, packages: order.packages ?? order.folder }
  return {
    code,
    global: order.global,
    map: new BundleMap(map),
    inputs: inputs.map(({ origin, path }) => resolve(folders[origin], path)),
    warnings,
  }
}
