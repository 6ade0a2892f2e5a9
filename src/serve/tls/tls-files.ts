import { readFileSync } from 'node:fs'
import { describeSystemError } from '../../base/system-error.ts'
import { ConfigError, type Mark } from '../../kernel/directive/mark.ts'
import type { TlsSettings } from './directives.ts'

/** A file that a directive names, as it was when it was read. */
export interface TlsFile {
  readonly path: string
  readonly content: Buffer
  readonly mark: Mark
}

/** The most that a file of certificates or keys may hold, in bytes. */
const MOST = 4 << 20

/** Throws a `ConfigError` at the mark of the directive that names it. */
export function readTlsFile(path: string, mark: Mark): TlsFile {
  let content: Buffer
  try {
    content = readFileSync(path)
  } catch (error) {
    throw new ConfigError(mark, `cannot read "${path}" ${describeSystemError(error)}`)
  }
  if (content.length > MOST) {
    throw new ConfigError(mark, `"${path}" is larger than ${MOST} bytes`)
  }
  return { path, content, mark }
}

/** All that settings name. */
export function filesOf(settings: TlsSettings): readonly TlsFile[] {
  return Object.values(settings).flat().filter(isFile)
}

/** The same settings with what the files hold now. Throws as `readTlsFile`. */
export function withFilesRead(settings: TlsSettings): TlsSettings {
  const read = (value: unknown) => (isFile(value) ? readTlsFile(value.path, value.mark) : value)
  const entries = Object.entries(settings).map(([name, value]) => {
    return [name, Array.isArray(value) ? value.map(read) : read(value)]
  })
  return Object.fromEntries(entries) as TlsSettings
}

function isFile(value: unknown): value is TlsFile {
  return typeof value === 'object' && value !== null && 'content' in value
}
