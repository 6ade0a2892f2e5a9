import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A temporary folder with a test's files in it. */
export class Workspace {
  readonly dir: string

  constructor(name: string) {
    this.dir = mkdtempSync(path.join(tmpdir(), `gateway-${name}-`))
  }

  path(name: string): string {
    return path.join(this.dir, name)
  }

  write(name: string, content: string | Uint8Array): string {
    const file = this.path(name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }

  /** A file's text, or nothing when it is not there (yet). */
  read(name: string): string {
    try {
      return readFileSync(this.path(name), 'utf8')
    } catch {
      return ''
    }
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true })
  }
}
