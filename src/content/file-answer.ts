import { closeSync, fstatSync, type Stats } from 'node:fs'
import { codeOf, describeSystemError } from '../base/system-error.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Awaitable } from '../kernel/phase/verdict.ts'
import { type ByteRange, Head } from '../wire/head.ts'
import { contentType } from './content-type.ts'
import { openFile } from './file-access.ts'
import { etagOf } from './file-etag.ts'
import { FileSource } from './file-source.ts'

/** A file that was opened to be sent, and what is known of it. */
export interface OpenedFile {
  readonly path: string
  readonly fd: number
  readonly stats: Stats
}

/** Opens a file of any kind; throws what the system says. Whoever gets it closes it. */
export function openedFile(x: Exchange, path: string): OpenedFile {
  const fd = openFile(x, path)
  try {
    return { path, fd, stats: fstatSync(fd) }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** The status for a file that cannot be opened or read, reported in the error log. */
export function fileRefused(x: Exchange, path: string, error: unknown, call = 'open()'): number {
  const text = `${call} "${path}" failed ${describeSystemError(error)}`
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      if (x.location.settings.log_not_found) x.log('error', text)
      return 404
    case 'EACCES':
    case 'ELOOP':
      x.log('error', text)
      return 403
    default:
      x.log('crit', text)
      return 500
  }
}

/** A 200 with all that is known of a file: type, length, time, and ETag unless `etag` is off. */
export function fileHead(x: Exchange, stats: Stats, etag = etagOf(stats)): Head {
  const head = new Head(200)
  head.type = contentType(x)
  head.length = stats.size
  head.modified = Math.floor(stats.mtimeMs / 1000) * 1000
  head.ranges = true
  if (x.location.settings.etag) head.fields.add('ETag', etag)
  return head
}

/** Sends a file with a head, whole or as filters ask for it, and closes it. */
export function sendFile(x: Exchange, file: OpenedFile, head: Head): Awaitable<'done'> {
  if (x.method === 'HEAD') {
    closeSync(file.fd)
    return x.respond(head)
  }
  return new FileSource(x, file.path, file.fd, file.stats.size).pour(head)
}

/** Sends bytes, and behind them a part of a file, as one body. */
export function sendPart(
  x: Exchange,
  file: OpenedFile,
  head: Head,
  before: Uint8Array,
  part: ByteRange,
): Awaitable<'done'> {
  const size = before.length + part.end - part.start
  head.length = size
  if (x.location.settings.etag) {
    head.fields.set('ETag', etagOf({ mtimeMs: file.stats.mtimeMs, size }))
  }
  if (x.method === 'HEAD') {
    closeSync(file.fd)
    return x.respond(head)
  }
  return new FileSource(x, file.path, file.fd, file.stats.size).pourBehind(head, before, part)
}
