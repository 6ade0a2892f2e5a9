import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Parser, type ReadEntry } from 'tar'
import { LIMITS, megabytes } from '../limits.ts'
import { archiveRefused } from '../package-error.ts'

/** The files of a package by their paths in it, in the order of those. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>

/**
 * Reads a gzipped tar archive whole. Only plain files and folders of one folder may be in it:
 * links, devices, paths that lead elsewhere and whatever exceeds a limit throw `PackageError`,
 * before anything is written.
 */
export function readArchive(bytes: Uint8Array, plugin: string): PackageFiles {
  const files = new Map<string, Uint8Array>()
  let entries = 0
  let fault: Error | undefined
  const parser = new Parser({
    strict: true,
    maxMetaEntrySize: LIMITS.path * 16,
    onReadEntry: (entry) => {
      try {
        if (++entries > LIMITS.entries) throw tooMany(plugin)
        if (!fault) take(entry, files, plugin)
      } catch (error) {
        fault ??= error as Error
      }
      entry.resume()
    },
  })
  // Kinds of entries the library does not know are no reason for it to stop.
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    fault ??= strange(entry, plugin)
  })
  parser.on('error', (error: Error) => {
    fault ??= archiveRefused(plugin, 'its archive', `is broken (${error.message})`, 'fetch it anew')
  })
  parser.end(Buffer.from(gunzip(bytes, plugin)))
  if (fault) throw fault
  refuseFilesAsFolders(files, plugin)
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** `sha256-…` of names and contents. */
export function hashFiles(files: PackageFiles): string {
  const hash = createHash('sha256')
  for (const [path, content] of files) {
    hash.update(`${path.length} ${path} ${content.length}\n`).update(content)
  }
  return `sha256-${hash.digest('base64')}`
}

/** A bomb stops at the limit: no more is ever unpacked than that. */
function gunzip(bytes: Uint8Array, plugin: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: LIMITS.unpacked })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      const limit = megabytes(LIMITS.unpacked)
      throw archiveRefused(plugin, 'its archive', `unpacks to more than ${limit}`, SMALLER)
    }
    throw archiveRefused(plugin, 'its archive', `is no gzip (${message})`, 'fetch it anew')
  }
}

const SMALLER = 'ask its author for a smaller package'

function take(entry: ReadEntry, files: Map<string, Uint8Array>, plugin: string): void {
  if (entry.type === 'Directory') {
    pathOf(entry, plugin)
    return
  }
  if (entry.type !== 'File' && entry.type !== 'OldFile') throw strange(entry, plugin)
  const path = pathOf(entry, plugin)
  if (path === '') throw refused(plugin, entry.path, 'lies beside the folder of the package')
  if (files.has(path)) throw refused(plugin, path, 'is there twice')
  // What a head says of a size is not to be believed before memory is taken.
  if (entry.size > LIMITS.unpacked) throw refused(plugin, path, 'is larger than the archive')
  const content = Buffer.alloc(entry.size)
  let at = 0
  files.set(path, content)
  entry.on('data', (chunk: Uint8Array) => {
    content.set(chunk, at)
    at += chunk.length
  })
}

/** Below the first folder of the archive, which is `package` as a rule. */
function pathOf({ path }: ReadEntry, plugin: string): string {
  const parts = path.replace(/\/$/, '').split('/')
  const odd = parts.some((part) => part === '' || part === '.' || part === '..')
  if (odd || /[\\\0]/.test(path)) throw refused(plugin, path, 'leads out of the package')
  if (Buffer.byteLength(path) > LIMITS.path) {
    throw refused(plugin, `${path.slice(0, 60)}…`, `is longer than ${LIMITS.path} bytes`)
  }
  return parts.slice(1).join('/')
}

const KINDS: Readonly<Record<string, string>> = {
  SymbolicLink: 'is a symbolic link',
  Link: 'is a hard link',
  CharacterDevice: 'is a device',
  BlockDevice: 'is a device',
  FIFO: 'is a pipe',
}

function strange({ path, type }: ReadEntry, plugin: string): Error {
  return refused(plugin, path, KINDS[type] ?? `is neither a file nor a folder (${type})`)
}

function refused(plugin: string, path: string, fault: string): Error {
  const mend = 'packages hold plain files alone: ask its author for one that does'
  return archiveRefused(plugin, `"${path}" in its archive`, fault, mend)
}

function tooMany(plugin: string): Error {
  return archiveRefused(plugin, 'its archive', `holds more than ${LIMITS.entries} files`, SMALLER)
}

function refuseFilesAsFolders(files: PackageFiles, plugin: string): void {
  for (const path of files.keys()) {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const above = path.slice(0, end)
      if (files.has(above)) throw refused(plugin, above, 'is a file and a folder')
    }
  }
}
