import type { Mark } from '../../kernel/directive/mark.ts'
import { loadTlsFile, type TlsFile } from '../../kernel/tls/tls-file.ts'

/** How long and how many files are kept that are read for a client: `ssl_certificate_cache`. */
export interface KeptFilesLimits {
  readonly max: number
  /** Since it was last asked for, in milliseconds. */
  readonly inactive: number
  /** Since it was read. */
  readonly valid: number
}

interface Kept {
  readonly file: TlsFile
  readonly readAt: number
  usedAt: number
}

/** Files whose names depend on the client. */
export class KeptFiles {
  readonly #limits: KeptFilesLimits
  /** The one that was asked for last stands last. */
  readonly #kept = new Map<string, Kept>()

  constructor(limits: KeptFilesLimits) {
    this.#limits = limits
  }

  /** What it holds, or has held as long ago as may be. Throws as `loadTlsFile`. */
  load(path: string, mark: Mark, now: number): TlsFile {
    this.#drop(now)
    const { max, valid } = this.#limits
    const known = this.#kept.get(path)
    this.#kept.delete(path)
    const kept =
      known && now - known.readAt < valid
        ? known
        : { file: loadTlsFile(path, mark), readAt: now, usedAt: now }
    kept.usedAt = now
    this.#kept.set(path, kept)
    if (this.#kept.size > max) this.#kept.delete(this.#oldest as string)
    return kept.file
  }

  #drop(now: number): void {
    for (const [path, { usedAt }] of this.#kept) {
      if (now - usedAt < this.#limits.inactive) return
      this.#kept.delete(path)
    }
  }

  get #oldest(): string | undefined {
    return this.#kept.keys().next().value
  }
}
