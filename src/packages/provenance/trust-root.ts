import { readFileSync } from 'node:fs'
import type { TrustedRoot } from '@sigstore/protobuf-specs'
import { LIMITS } from '../limits.ts'

/** Whose certificates and logs count. */
export type TrustRoot = TrustedRoot

/**
 * Reads a trust root from a file (sigstore's `trusted_root.json`), or fetches that of the public
 * sigstore, which is updated by TUF and kept in `cache`. Throws where there is none to be had.
 */
export async function readTrustRoot(file: string | undefined, cache: string): Promise<TrustRoot> {
  if (file === undefined) {
    const { getTrustedRoot } = await import('@sigstore/tuf')
    return getTrustedRoot({ cachePath: cache, timeout: LIMITS.fetch, retry: { retries: 1 } })
  }
  const { TrustedRoot: Root } = await import('@sigstore/protobuf-specs')
  return Root.fromJSON(JSON.parse(readFileSync(file, 'utf8')))
}
