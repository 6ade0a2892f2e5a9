import { type Bundle, Bundler } from '../../../sandbox/bundle/bundler.ts'
import type { BundleOptions } from '../../../sandbox/bundle/options.ts'

/** What every script can import, and gets nothing of but types. */
const PROVIDED = { 'gateway/script': 'export {}' } as const

let bundler: Bundler | undefined
let users = 0

/**
 * Bundles a script. All that are bundled at a time share one process that builds, which ends with
 * the last of them; bundles are kept in `cache`.
 */
export async function bundleScript(
  file: string,
  cache: string,
  options: BundleOptions,
): Promise<Bundle> {
  users++
  try {
    bundler ??= new Bundler({ cache })
    return await bundler.bundle(file, { provided: PROVIDED, ...options })
  } finally {
    users--
    if (users === 0) {
      bundler?.close()
      bundler = undefined
    }
  }
}
