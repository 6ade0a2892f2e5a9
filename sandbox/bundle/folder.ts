import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { join, posix } from 'node:path'

/**
 * What is at a path, links not followed: `-` nothing, `d` a folder, `f` a file, `x` anything else
 * (a device, a pipe, a socket, what may not be looked at), `>` and where a link leads.
 */
export type Look = '-' | 'd' | 'f' | 'x' | `>${string}`

/** Where a path leads, links followed; `outside` is never looked at. */
export type Located =
  | { readonly kind: 'file' | 'folder'; readonly path: string }
  | { readonly kind: 'absent' | 'outside' | 'special' }

/** What tells, without reading it, that a file is still the one that was read. */
export interface Stamp {
  readonly size: number
  /** Nanoseconds as a text; a file's owner can set neither the second nor skip its change. */
  readonly mtime: string
  readonly ctime: string
  readonly inode: string
  readonly device: string
}

/** A file's bytes, and its stamp from before they were read. */
export interface FileContent {
  readonly bytes: Buffer
  readonly stamp: Stamp
}

/** Why a file was not read. */
export type ReadFault = 'size' | 'unreadable'

const MAX_LINKS = 40
const NOT_THERE = /^(?:ENOENT|ENOTDIR)$/

/**
 * A folder from which files are read, and out of which no path leads: neither `..` nor a link nor
 * a folder that is exchanged meanwhile. Paths are relative to it, with `/`; '' is the folder.
 */
export class Folder {
  /** Absolute, without links. */
  readonly path: string
  readonly #given: string
  readonly #looks = new Map<string, Look>()

  /** Throws the system's error when there is no such folder. */
  constructor(path: string) {
    this.#given = path
    this.path = realpathSync.native(path)
  }

  /** Everything that was looked at, and what was there: as long as it is, `locate` says the same. */
  get looks(): ReadonlyMap<string, Look> {
    return this.#looks
  }

  /** What is at a path whose folders are no links. The answer does not change within this object. */
  look(path: string): Look {
    const known = this.#looks.get(path)
    if (known !== undefined) return known
    const found = lookAt(join(this.path, path))
    this.#looks.set(path, found)
    return found
  }

  /**
   * Follows a path step by step itself. The system's own way would tell, by its errors, what there
   * is outside.
   */
  locate(path: string): Located {
    const rest = path.split('/').reverse()
    const done: string[] = []
    let links = 0
    while (rest.length > 0) {
      const step = rest.pop() as string
      if (step === '' || step === '.') continue
      if (step === '..') {
        if (done.pop() === undefined) return { kind: 'outside' }
        continue
      }
      const here = [...done, step].join('/')
      const look = this.look(here)
      if (look === '-') return { kind: 'absent' }
      if (look === 'x') return { kind: 'special' }
      if (look === 'f')
        return rest.some((each) => each !== '' && each !== '.')
          ? { kind: 'absent' }
          : { kind: 'file', path: here }
      if (look === 'd') {
        done.push(step)
        continue
      }
      if (++links > MAX_LINKS) return { kind: 'special' }
      const target = look.slice(1)
      if (target.startsWith('/')) {
        const inside = this.#relative(target)
        if (inside === undefined) return { kind: 'outside' }
        done.length = 0
        rest.push(...inside.split('/').reverse())
      } else {
        rest.push(...target.split('/').reverse())
      }
    }
    return { kind: 'folder', path: done.join('/') }
  }

  /** Reads a file that `locate` has found. */
  read(path: string, limit: number): FileContent | ReadFault {
    return readInside(join(this.path, path), limit)
  }

  #relative(target: string): string | undefined {
    const path = posix.normalize(target)
    for (const folder of [this.path, posix.normalize(this.#given)]) {
      if (path === folder) return ''
      if (path.startsWith(`${folder}/`)) return path.slice(folder.length + 1)
    }
    return undefined
  }
}

/** What is at an absolute path now, its last link not followed. */
export function lookAt(path: string): Look {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (stats === undefined) return '-'
    if (stats.isFile()) return 'f'
    if (stats.isDirectory()) return 'd'
    return stats.isSymbolicLink() ? `>${readlinkSync(path)}` : 'x'
  } catch (error) {
    return NOT_THERE.test((error as NodeJS.ErrnoException).code ?? '') ? '-' : 'x'
  }
}

/** A file's stamp; undefined where there is no file. */
export function stampOf(path: string): Stamp | undefined {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
    return stats?.isFile() ? stamp(stats) : undefined
  } catch {
    return undefined
  }
}

/** Reads a regular file by its real path, and nothing else in its place. */
export function readInside(path: string, limit: number): FileContent | ReadFault {
  let descriptor: number
  try {
    // A pipe must not make us wait; a link must not be followed.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return 'unreadable'
  }
  try {
    const stats = fstatSync(descriptor, { bigint: true })
    if (!stats.isFile()) return 'unreadable'
    // A folder on the way may have become a link since it was looked at.
    if (readlinkSync(`/proc/self/fd/${descriptor}`) !== path) return 'unreadable'
    if (stats.size > limit) return 'size'
    const bytes = readWhole(descriptor, Number(stats.size))
    return bytes ? { bytes, stamp: stamp(stats) } : 'unreadable'
  } catch {
    return 'unreadable'
  } finally {
    closeSync(descriptor)
  }
}

/** Undefined where it grows while it is read. */
function readWhole(descriptor: number, size: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(size + 1)
  let length = 0
  for (;;) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null)
    if (read === 0) return bytes.subarray(0, length)
    length += read
    if (length > size) return undefined
  }
}

interface BigStats {
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly ino: bigint
  readonly dev: bigint
}

function stamp({ size, mtimeNs, ctimeNs, ino, dev }: BigStats): Stamp {
  return {
    size: Number(size),
    mtime: String(mtimeNs),
    ctime: String(ctimeNs),
    inode: String(ino),
    device: String(dev),
  }
}
