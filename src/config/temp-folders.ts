import { resolve } from 'node:path'
import { TempFolder } from '../kernel/temp/temp-folder.ts'
import type { TempPath } from '../kernel/temp/temp-path.ts'

/** The folders for temporary files that one configuration needs. */
export class TempFolders {
  readonly #prefix: string
  readonly #found = new Map<string, TempFolder>()

  constructor(prefix: string) {
    this.#prefix = prefix
  }

  get all(): readonly TempFolder[] {
    return [...this.#found.values()]
  }

  /** There is one for each path with its levels, whoever asks. */
  at({ path, levels }: TempPath): TempFolder {
    const absolute = resolve(this.#prefix, path)
    const key = [absolute, ...levels].join(' ')
    const folder = this.#found.get(key) ?? new TempFolder(absolute, levels)
    this.#found.set(key, folder)
    return folder
  }
}
