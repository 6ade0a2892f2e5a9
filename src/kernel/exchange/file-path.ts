import { Buffer } from 'node:buffer'
import type { Exchange } from './exchange.ts'

/**
 * The file an exchange asks for: `root`, then the URI. Never leaves the root, for the URI is
 * canonical; symbolic links are followed, as in nginx. A byte string: open what `openable` makes
 * of it.
 */
export function filePath(x: Exchange): string {
  return x.location.settings.root.render(x) + x.uri
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is looked for
const NOT_ASCII = /[^\x00-\x7f]/

/** A path as the file system takes it: names are bytes there, in whatever encoding. */
export function openable(path: string): string | Buffer {
  return NOT_ASCII.test(path) ? Buffer.from(path, 'latin1') : path
}
