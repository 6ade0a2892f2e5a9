import type { Buffer } from 'node:buffer'
import { readFileSync, statSync } from 'node:fs'
import { describeSystemError } from '../base/system-error.ts'
import { ConfigError, type Mark } from '../kernel/directive/mark.ts'
import { MAX_FILE_BYTES } from './limits.ts'
import { syntaxOf } from './syntax.ts'

/** Texts that stand in for files, by absolute path. */
export type Overlay = ReadonlyMap<string, string>

/** The text of a configuration file. Throws a `ConfigError` at `from` where there is none. */
export function loadFile(path: string, from: Mark, overlay?: Overlay): string {
  const overlaid = overlay?.get(path)
  if (overlaid !== undefined) return overlaid
  let bytes: Buffer
  try {
    const { size } = statSync(path)
    if (size > MAX_FILE_BYTES) {
      throw new ConfigError(from, `"${path}" is larger than ${MAX_FILE_BYTES} bytes`)
    }
    bytes = readFileSync(path)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError(from, unreadable(path, error))
  }
  return decode(bytes, path, from)
}

/** In nginx's words where the file is in its syntax. */
function unreadable(path: string, error: unknown): string {
  if (syntaxOf(path) === 'nginx') return `open() "${path}" failed ${describeSystemError(error)}`
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return `cannot read "${path}": ${REASONS[code] ?? code}`
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
}

function decode(bytes: Buffer, path: string, from: Mark): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ConfigError(from, `"${path}" is not UTF-8 text`)
  }
}
