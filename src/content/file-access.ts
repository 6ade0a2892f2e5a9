import type { Buffer } from 'node:buffer'
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, statSync } from 'node:fs'
import { codeOf, describeSystemError } from '../base/system-error.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { SymlinkRule } from '../kernel/settings/disable-symlinks.ts'
import { openable } from './file-path.ts'

const QUIET = { throwIfNoEntry: false } as const
/** Of Linux; Node has no name for it: a descriptor that only names a file. */
const O_PATH = 0o10000000
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
/** Without O_NONBLOCK, opening a FIFO would wait for someone to write to it. */
const READING = O_RDONLY | O_NONBLOCK

/**
 * Opens a file that a request is answered with, as `disable_symlinks` of its location allows;
 * throws what the system says.
 */
export function openFile(x: Exchange, path: string, flags = READING): number {
  const rule = x.location.settings.disable_symlinks
  if (rule.kind === 'off') return openSync(openable(path), flags)
  return openStepByStep(path, trustedLength(x, path, rule), rule.kind, flags)
}

/** What the file system says of such a path; undefined where nothing is. Throws what else it says. */
export function lookAt(x: Exchange, path: string): Stats | undefined {
  if (x.location.settings.disable_symlinks.kind === 'off') return statSync(openable(path), QUIET)
  let fd: number
  try {
    fd = openFile(x, path, O_PATH)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    return fstatSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The same, where the reason does not matter: what is wrong beyond a file's absence is logged. */
export function statsOf(x: Exchange, path: string): Stats | undefined {
  try {
    return lookAt(x, path)
  } catch (error) {
    if (!MISSING.has(codeOf(error) ?? '')) {
      x.log('crit', `stat() "${path}" failed ${describeSystemError(error)}`)
    }
    return undefined
  }
}

/** Where these are the reason, there is no such file, and that is all. */
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'])

/** How much of a path is opened as it stands: where `from` ends in it, as in nginx. */
function trustedLength(x: Exchange, path: string, { from }: SymlinkRule): number {
  const part = from?.render(x) ?? ''
  if (part === '' || !path.startsWith(part)) return 0
  if (path.length === part.length || path.charAt(part.length) === '/') return part.length
  return part.endsWith('/') ? part.length - 1 : 0
}

/**
 * Each name is opened in the folder that was opened before it, so that nobody can put a link in
 * the way between a look and its use.
 */
function openStepByStep(
  path: string,
  trusted: number,
  kind: 'on' | 'if_not_owner',
  flags: number,
): number {
  if (trusted === path.length) return openSync(openable(path), flags)
  const names = path.slice(trusted).split('/').filter(Boolean)
  const last = path.endsWith('/') ? undefined : names.pop()
  let fd = openSync(openable(trusted > 0 ? path.slice(0, trusted) : '/'), O_PATH | O_DIRECTORY)
  try {
    for (const name of names) fd = exchangeFor(fd, openIn(fd, name, kind, O_PATH | O_DIRECTORY))
    return openIn(fd, last ?? '.', kind, flags)
  } finally {
    closeSync(fd)
  }
}

function exchangeFor(before: number, after: number): number {
  closeSync(before)
  return after
}

/** What `openat` does, which Node has not. */
function openIn(folder: number, name: string, kind: 'on' | 'if_not_owner', flags: number): number {
  const path = openable(`/proc/self/fd/${folder}/${name}`)
  if (kind === 'on') return refuseLink(path, openSync(path, flags | O_NOFOLLOW))
  const link = lstatSync(path)
  const fd = openSync(path, flags)
  if (fstatSync(fd).uid === link.uid) return fd
  closeSync(fd)
  throw linkRefused(path)
}

/** With O_PATH, a link itself is opened. */
function refuseLink(path: string | Buffer, fd: number): number {
  if (!fstatSync(fd).isSymbolicLink()) return fd
  closeSync(fd)
  throw linkRefused(path)
}

/** As the system tells of a link where none is allowed. */
function linkRefused(path: string | Buffer): Error {
  return Object.assign(new Error(`ELOOP: too many symbolic links encountered, open '${path}'`), {
    code: 'ELOOP',
    errno: -40,
  })
}
