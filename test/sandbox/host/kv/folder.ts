import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder of a test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'gateway-kv-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}
