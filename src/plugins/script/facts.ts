import { join } from 'node:path'
import { readSealed, sha256, writeSealed } from '../../../sandbox/bundle/sealed-file.ts'
import type { Loaded, Loading } from './runtime.ts'

/** What is known of a script once it has been loaded, without its state. */
export interface Facts extends Pick<Loaded, 'hooks' | 'variables'> {
  /** What it has burnt while it was loaded. */
  readonly fuel: number
  /** Whether its default export is a plugin record. */
  readonly kind: 'script' | 'record'
}

/** Where facts are kept, and what they hold for. */
export interface FactsKey {
  /** The folder of the bundles. */
  readonly cache: string
  /** What the script is loaded into, as a hash. */
  readonly sandbox: string
  readonly loading: Loading
}

/**
 * The facts of a script that was loaded before in the same sandbox; else it is loaded now. One that
 * cannot be loaded has none: it is tried at each start.
 */
export function knownFacts({ cache, sandbox, loading }: FactsKey, load: () => Facts): Facts {
  const { bindings, library = '', name, size, source } = loading
  // Values may be secrets, of which not even a hash belongs into a file.
  const names = Object.entries(bindings).map(([each, { kind }]) => [each, kind])
  const path = join(
    cache,
    `${sha256(JSON.stringify([sandbox, library, size.memory, size.stack, name, source, names]))}.facts`,
  )
  const known = readSealed(path) as Facts | undefined
  if (known) return known
  const facts = load()
  try {
    writeSealed(path, facts)
  } catch {
    // As with bundles, a full disk makes starts slow, not impossible.
  }
  return facts
}
