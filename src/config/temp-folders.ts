import { resolve } from 'node:path'
import type { TempPath } from '../kernel/settings/temp-path.ts'
import { TempFolder } from '../storage/temp/temp-folder.ts'

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
