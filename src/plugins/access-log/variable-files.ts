import { statSync } from 'node:fs'
import { AppendingFile, type Exchange, openable, steadyTime, type Template } from 'gateway/plugin'
import { decoded } from './escape.ts'
import type { FileCache } from './file-cache-directive.ts'

interface Kept {
  readonly file: AppendingFile
  openedAt: number
  usedAt: number
  uses: number
}

/** A path a request must not be able to make out of its own words. */
const CLIMBS = /(^|\/)\.\.(\/|$)|\0/

/**
 * The log files of one path with variables. As in nginx, a line is only written where the root of
 * its request exists, so that rubbish in a Host field makes no files.
 */
export class VariableFiles {
  readonly #path: Template
  readonly #cache: FileCache
  /** By path, the least recently used first. */
  readonly #kept = new Map<string, Kept>()

  constructor(path: Template, cache: FileCache) {
    this.#path = path
    this.#cache = cache
  }

  write(x: Exchange, line: string | Uint8Array): void {
    const path = this.#path.render(x)
    if (CLIMBS.test(path)) {
      x.log('error', `log path "${path}" would leave its folder`)
      return
    }
    if (!isFolder(x)) return
    const kept = this.#take(path, x)
    kept.file.writeNow(line)
    if (this.#cache.max === 0 || kept.uses < this.#cache.minUses) kept.file.close()
    if (this.#cache.max > 0) this.#keep(path, kept)
  }

  #take(path: string, x: Exchange): Kept {
    const now = steadyTime()
    const known = this.#kept.get(path)
    this.#kept.delete(path)
    if (!known) {
      const file = new AppendingFile(decoded(path), { buffer: 0, flush: 0 }, (text) => {
        x.log('alert', text)
      })
      return { file, openedAt: now, usedAt: now, uses: 1 }
    }
    known.uses = now - known.usedAt > this.#cache.inactive ? 1 : known.uses + 1
    known.usedAt = now
    if (now - known.openedAt > this.#cache.valid) {
      known.openedAt = now
      known.file.close()
    }
    return known
  }

  /** Keeps the newest, closes those nobody used for long, and the oldest beyond the limit. */
  #keep(path: string, kept: Kept): void {
    this.#kept.set(path, kept)
    const stale = kept.usedAt - this.#cache.inactive
    for (const [oldest, each] of this.#kept) {
      if (each.usedAt >= stale && this.#kept.size <= this.#cache.max) return
      each.file.close()
      this.#kept.delete(oldest)
    }
  }
}

function isFolder(x: Exchange): boolean {
  const root = x.location.settings.root.render(x)
  try {
    if (statSync(openable(root), { throwIfNoEntry: false })?.isDirectory()) return true
  } catch {
    // Reported below like a folder that is not there.
  }
  x.log('error', `testing "${root}" existence failed, the request is not logged`)
  return false
}
