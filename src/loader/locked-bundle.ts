import { readFileSync } from 'node:fs'
import { bundleChanged } from './plugin-error.ts'
import { hashBundle } from './plugin-module.ts'

/** What is run is what was installed: throws where anything else lies there, however it has come there. */
export function checkBundle(source: string, path: string, hash: string): void {
  let code: Uint8Array
  try {
    code = readFileSync(path)
  } catch {
    throw bundleChanged(source, 'is not there')
  }
  if (hashBundle(code) !== hash) throw bundleChanged(source, 'is not the one of gateway.lock')
}
