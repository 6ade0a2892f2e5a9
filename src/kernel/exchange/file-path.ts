import { Buffer } from 'node:buffer'
import { type Stats, statSync } from 'node:fs'
import { codeOf, describeSystemError } from '../../base/system-error.ts'
import type { Exchange } from './exchange.ts'

/**
 * The file an exchange asks for: `root`, then the URI. Never leaves the root, for the URI is
 * canonical; symbolic links are followed, as in nginx. A byte string: open what `openable` makes
 * of it.
 */
export function filePath(x: Exchange): string {
  const root = x.location.settings.root.render(x)
  const { uri } = x
  const slot = (uri.length + 7 * uri.charCodeAt(uri.length >> 1)) % KEPT
  const kept = paths[slot]
  if (kept !== undefined && kept.uri === uri && kept.root === root) return kept.path
  const path = root + uri
  if (path.length <= LONGEST) paths[slot] = { root, uri, path }
  return path
}

const KEPT = 256
const LONGEST = 512
/** Paths made last. As the same string again, a path is quickly found wherever it is a key. */
const paths = new Array<{ root: string; uri: string; path: string } | undefined>(KEPT)

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is looked for
const NOT_ASCII = /[^\x00-\x7f]/

/** A path as the file system takes it: names are bytes there, in whatever encoding. */
export function openable(path: string): string | Buffer {
  return NOT_ASCII.test(path) ? Buffer.from(path, 'latin1') : path
}

const QUIET = { throwIfNoEntry: false } as const
/** Where these are the reason, there is no such file, and that is all. */
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])

/** What the file system says of a path; undefined where nothing is, or nothing can be seen. */
export function statsOf(x: Exchange, path: string): Stats | undefined {
  try {
    return statSync(openable(path), QUIET)
  } catch (error) {
    if (!MISSING.has(codeOf(error) ?? '')) {
      x.log('crit', `stat() "${path}" failed ${describeSystemError(error)}`)
    }
    return undefined
  }
}
