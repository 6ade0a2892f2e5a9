import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** The certificate of the authority, for those who are to trust it. */
export const PUBLIC_FILE = 'ca.crt'

/** A folder that nobody else may look into, whose files are there as a whole or not at all. */
export class PrivateFolder {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Undefined where it cannot be read, which making it anew will tell. */
  read(name: string): string | undefined {
    try {
      return readFileSync(join(this.#path, name), 'utf8')
    } catch {
      return undefined
    }
  }

  /** Puts a file in the place of another one. */
  replace(name: string, text: string): void {
    renameSync(this.#written(text), join(this.#path, name))
  }

  /** Unless somebody else was faster: what is there afterwards. */
  add(name: string, text: string): string {
    const written = this.#written(text)
    try {
      linkSync(written, join(this.#path, name))
      return text
    } catch (error) {
      const there = this.read(name)
      if (there === undefined) throw error
      return there
    } finally {
      unlinkSync(written)
    }
  }

  #written(text: string): string {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 })
    chmodSync(this.#path, 0o700)
    const path = join(this.#path, `.${randomBytes(8).toString('hex')}`)
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
    return path
  }
}
