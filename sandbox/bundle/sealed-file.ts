import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

const MARK = 'gateway-sealed'
const OWNER_ONLY = 0o600

/** Ends the names of files that are being written. */
export const DRAFT = '.draft'

/** Writes a value, with its checksum; it appears whole or not at all. */
export function writeSealed(path: string, value: unknown): void {
  const body = JSON.stringify(value)
  const draft = `${path}.${randomBytes(6).toString('hex')}${DRAFT}`
  try {
    writeFileSync(draft, `${MARK} ${sha256(body)}\n${body}`, { flag: 'wx', mode: OWNER_ONLY })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

/** The value; undefined when there is none, or not all of it, or it was changed. */
export function readSealed(path: string): unknown {
  try {
    const text = readFileSync(path, 'utf8')
    const end = text.indexOf('\n')
    const body = text.slice(end + 1)
    return text.slice(0, end) === `${MARK} ${sha256(body)}` ? JSON.parse(body) : undefined
  } catch {
    return undefined
  }
}

/** In hexadecimal digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
