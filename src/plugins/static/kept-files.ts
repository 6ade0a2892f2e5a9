import { type Stats, statSync } from 'node:fs'
import { etagOf, KeptBody, openable } from 'gateway/plugin'

/** A file in memory. */
export interface Kept {
  readonly body: KeptBody
  readonly stats: Stats
  readonly etag: string
  /** When it was last compared with the file system, in milliseconds. */
  checkedAt: number
}

/**
 * A file that changed this recently may change again without its times telling, since file
 * systems count time in steps: it is not kept yet. Milliseconds.
 */
const SETTLED = 2000
/** How many paths are remembered as asked for once; a file is kept when it is asked for again. */
const SEEN_LIMIT = 8192

/**
 * Small files that are asked for again and again, in memory. Each is compared with the file
 * system when it is used, so that what is served is never old: at most one system call instead
 * of four, and no copy of the contents.
 */
export class KeptFiles {
  /** Bytes of all contents. */
  readonly #limit: number
  #size = 0
  /** Least recently used first. */
  readonly #files = new Map<string, Kept>()
  readonly #seen = new Set<string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /**
   * The file as it is now, if it is kept and has not changed since. Requests of one millisecond
   * `now` share a look: nobody can tell which came before a change.
   */
  find(path: string, now: number): Kept | undefined {
    const kept = this.#files.get(path)
    if (!kept) return undefined
    if (kept.checkedAt === now) return kept
    kept.checkedAt = now
    const stats = lookAt(path)
    this.#files.delete(path)
    if (stats && same(stats, kept.stats)) {
      this.#files.set(path, kept)
      return kept
    }
    this.#size -= kept.body.length
    return undefined
  }

  /** Offers a file that was just read whole. */
  offer(path: string, stats: Stats, body: Uint8Array): void {
    const settled = Date.now() - Math.max(stats.ctimeMs, stats.mtimeMs) > SETTLED
    if (!settled || body.length !== stats.size || body.length > this.#limit) return
    if (!this.#seen.has(path)) {
      if (this.#seen.size === SEEN_LIMIT) this.#seen.clear()
      this.#seen.add(path)
      return
    }
    const before = this.#files.get(path)
    if (before) this.#drop(path, before)
    this.#files.set(path, { body: new KeptBody(body), stats, etag: etagOf(stats), checkedAt: 0 })
    this.#size += body.length
    for (const [oldest, file] of this.#files) {
      if (this.#size <= this.#limit) break
      this.#drop(oldest, file)
    }
  }

  #drop(path: string, file: Kept): void {
    this.#files.delete(path)
    this.#size -= file.body.length
  }
}

/** Undefined where there is nothing to see any more, for whatever reason: opening it will tell. */
function lookAt(path: string): Stats | undefined {
  try {
    return statSync(openable(path), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Whether nothing about the file has changed: any write or replacement moves one of these. */
function same(a: Stats, b: Stats): boolean {
  return (
    a.ino === b.ino &&
    a.ctimeMs === b.ctimeMs &&
    a.mtimeMs === b.mtimeMs &&
    a.size === b.size &&
    a.dev === b.dev &&
    a.mode === b.mode
  )
}
