import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Diagnostic } from './diagnostic.ts'
import { cacheUnsafe } from './errors.ts'
import { type KeptEvidence, keep, renew } from './freshness.ts'
import type { BuildOrder, Evidence } from './messages.ts'
import { DRAFT, readSealed, sha256, writeSealed } from './sealed-file.ts'

/** What a cache may hold. */
export interface CacheLimits {
  /** Files: two for a script, one of them shared where scripts are the same, and its user's own. */
  readonly entries: number
  readonly bytes: number
}

/** For those who set none. */
export const DEFAULT_CACHE_LIMITS: CacheLimits = Object.freeze({
  entries: 30_000,
  bytes: 1024 * 1024 * 1024,
})

/** A build's result, found or to be kept. */
export interface CachedBuild {
  readonly code: string
  readonly map: string
  readonly warnings: readonly Diagnostic[]
}

/** What an order was built of, and where the result is. */
interface Recipe {
  readonly key: string
  readonly evidence: KeptEvidence
}

/** Changes whenever bundles come out differently from the same files. */
const FORMAT = '1'
/** What lies here is run: nobody else may write. */
const FOLDER_MODE = 0o700
const OTHERS_MAY_WRITE = 0o022
const DAY = 86_400_000
const HOUR = 3_600_000

/**
 * Bundles by content, in a folder of one's own. A **recipe**, found by the order, names all a bundle
 * was made of; the **bundle** is found by the hash of that. Both have checksums: what does not match
 * is built again. Losing any of it costs time only.
 */
export class BundleCache {
  readonly #folder: string
  readonly #limits: CacheLimits
  readonly #salt: string
  #stored = 0

  /** Throws `BundleError` where others may write to the folder. */
  constructor(folder: string, limits: CacheLimits = DEFAULT_CACHE_LIMITS) {
    makePrivate(folder)
    this.#folder = folder
    this.#limits = limits
    this.#salt = `${FORMAT} ${versionOf('esbuild')} ${versionOf('resolve.exports')}`
  }

  /** The result of an order, if its files are still what they were. */
  find(order: BuildOrder): (CachedBuild & { readonly inputs: KeptEvidence['inputs'] }) | undefined {
    const recipe = readSealed(this.#recipePath(order)) as Recipe | undefined
    if (!recipe) return undefined
    const evidence = renew(order, recipe.evidence)
    if (!evidence) return undefined
    const path = this.#bundlePath(recipe.key)
    const found = readSealed(path) as (CachedBuild & { key: string }) | undefined
    if (found?.key !== recipe.key) return undefined
    if (evidence !== recipe.evidence) this.#tryTo(() => this.#write(order, { ...recipe, evidence }))
    this.#tryTo(() => {
      touch(path)
      touch(this.#recipePath(order))
    })
    return { ...found, inputs: evidence.inputs }
  }

  store(order: BuildOrder, build: CachedBuild, evidence: Evidence): void {
    const kept = keep(evidence)
    const key = this.#keyOf(order, kept)
    const { code, map, warnings } = build
    this.#tryTo(() => {
      writeSealed(this.#bundlePath(key), { key, code, map, warnings })
      this.#write(order, { key, evidence: kept })
      this.#stored++
    })
  }

  /** Removes what was not used for longest, as far as there is too much. */
  trim(): void {
    if (this.#stored === 0) return
    this.#stored = 0
    this.#tryTo(() => trimFolder(this.#folder, this.#limits))
  }

  /** A full disk makes starts slow, not impossible. */
  #tryTo(write: () => void): void {
    try {
      write()
    } catch {
      // The next start builds it again.
    }
  }

  #write(order: BuildOrder, recipe: Recipe): void {
    writeSealed(this.#recipePath(order), recipe)
  }

  #recipePath(order: BuildOrder): string {
    return join(this.#folder, `${sha256(`${this.#salt}\n${JSON.stringify(order)}`)}.recipe`)
  }

  #bundlePath(key: string): string {
    return join(this.#folder, `${key}.bundle`)
  }

  /** Without the place of the folders: the same files have the same bundle wherever they lie. */
  #keyOf({ entry, global, provided }: BuildOrder, { inputs, looks }: KeptEvidence): string {
    const files = inputs.map(({ origin, path, hash }) => [origin, path, hash]).sort()
    const seen = [[...looks.script].sort(), [...looks.packages].sort()]
    return sha256(`${this.#salt}\n${JSON.stringify([entry, global, provided, files, seen])}`)
  }
}

function makePrivate(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  } catch (error) {
    throw cacheUnsafe(folder, `cannot be made (${(error as NodeJS.ErrnoException).code})`)
  }
  const stats = lstatSync(folder)
  const isOurs = stats.isDirectory() && stats.uid === process.getuid?.()
  if (!isOurs || (stats.mode & OTHERS_MAY_WRITE) !== 0) {
    throw cacheUnsafe(folder, 'is no folder that only this user may write to')
  }
}

function versionOf(library: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${library}/package.json`)
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  return `${library}@${version}`
}

/** What was used today is not marked again. */
function touch(path: string): void {
  const now = Date.now()
  if (now - statSync(path).mtimeMs > DAY) utimesSync(path, now / 1000, now / 1000)
}

function trimFolder(folder: string, { entries, bytes }: CacheLimits): void {
  const files = readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (!stats) return []
    if (name.endsWith(DRAFT)) {
      // Whoever wrote it has died.
      if (Date.now() - stats.mtimeMs > HOUR) rmSync(path, { force: true })
      return []
    }
    return [{ path, size: stats.size, usedAt: stats.mtimeMs }]
  })
  files.sort((a, b) => b.usedAt - a.usedAt)
  let count = 0
  let total = 0
  for (const { path, size } of files) {
    count++
    total += size
    if (count > entries || total > bytes) rmSync(path, { force: true })
  }
}
