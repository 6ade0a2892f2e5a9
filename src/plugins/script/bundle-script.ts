import { type Bundle, Bundler } from '../../../sandbox/bundle/bundler.ts'
import { libraryModule } from '../../../sandbox/bundle/library.ts'
import type { BundleOptions } from '../../../sandbox/bundle/options.ts'
import { ABSENT, HOSTED, PORTABLE, SYMBOL } from './record/portable.ts'

/** What every script can import: of `gateway/script` it gets nothing but types. */
const PROVIDED = {
  'gateway/script': 'export {}',
  'gateway/plugin': libraryModule(SYMBOL, [...PORTABLE, ...Object.keys(HOSTED)]),
} as const
/** What plugins can do natively, and not here. */
const MISSING = { 'gateway/plugin': ABSENT } as const

let bundler: Bundler | undefined
let users = 0

/**
 * Bundles a script. All that are bundled at a time share one process that builds, which ends with
 * the last of them; bundles are kept in `cache`.
 */
export async function bundleScript(
  file: string,
  cache: string,
  options: BundleOptions = {},
): Promise<Bundle> {
  users++
  try {
    bundler ??= new Bundler({ cache })
    return await bundler.bundle(file, { provided: PROVIDED, absent: MISSING, ...options })
  } finally {
    users--
    if (users === 0) {
      bundler?.close()
      bundler = undefined
    }
  }
}
