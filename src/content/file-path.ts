import { Buffer } from 'node:buffer'
import { aliasOfRewritten, pathOutside } from '../base/errors.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'

/**
 * The file an exchange asks for: `root`, then the URI; or `alias`, then what is left of it. Never
 * leaves the folder, for the URI is canonical; symbolic links are followed unless
 * `disable_symlinks` says otherwise. A byte string: open it by `openFile`. Throws a `GatewayError`
 * where there can be no such file.
 */
export function filePath(x: Exchange): string {
  const { root } = x.location.settings
  const folder = folderOf(x)
  const { uri } = x
  if (root.replaces !== undefined) return aliasPath(x, folder, root.replaces)
  const slot = (uri.length + 7 * uri.charCodeAt(uri.length >> 1)) % KEPT
  const kept = paths[slot]
  if (kept !== undefined && kept.uri === uri && kept.root === folder) return kept.path
  const path = folder + uri
  if (path.length <= LONGEST) paths[slot] = { root: folder, uri, path }
  return path
}

/** What `root` or `alias` comes to for a request. */
export function folderOf(x: Exchange): string {
  const { root } = x.location.settings
  const folder = root.render(x)
  // What is written is the owner's, but a variable in it may be the client's.
  if (root.constant === undefined && CLIMBS.test(folder) && !CLIMBS.test(root.source)) {
    throw pathOutside(folder)
  }
  return folder
}

/** A name looked for below the folder of a location, and the URI that leads to what is there. */
export interface NamedFile {
  readonly path: string
  readonly uri: string
}

/** The file of this name below `root` or `alias`, where a prefix of the location is left out. */
export function fileBelow(x: Exchange, name: string): NamedFile {
  const { replaces } = x.location.settings.root
  const folder = folderOf(x)
  if (replaces === undefined) return { path: folder + name, uri: name }
  if (replaces === 'uri') return { path: folder + name, uri: name }
  const rest = name.startsWith(replaces.prefix) ? name.slice(replaces.prefix.length) : name
  return { path: joined(folder, rest), uri: replaces.prefix + rest }
}

/**
 * Has the URI follow what an `alias` in a regular expression comes to, as where `try_files` has
 * found it there.
 */
export function followAlias(x: Exchange): void {
  following.add(x)
}

const following = new WeakSet<Exchange>()

function aliasPath(x: Exchange, folder: string, replaces: { readonly prefix: string } | 'uri') {
  if (x.rewritten === 'here') throw aliasOfRewritten(x.location.name)
  if (replaces === 'uri') return following.has(x) ? folder + x.uri : folder
  const { prefix } = replaces
  if (!x.uri.startsWith(prefix)) throw aliasOfRewritten(x.location.name)
  return joined(folder, x.uri.slice(prefix.length))
}

/** Where both meet, a name may come to be that neither of them has: `/img` and `../`. */
function joined(folder: string, rest: string): string {
  const path = folder + rest
  const from = folder.lastIndexOf('/') + 1
  const slash = path.indexOf('/', from)
  const name = path.slice(from, slash < 0 ? path.length : slash)
  if (name === '..' && folder.slice(from) !== '..') throw pathOutside(path)
  return path
}

const CLIMBS = /(^|\/)\.\.(\/|$)|\0/

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
