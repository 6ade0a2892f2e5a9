import { closeSync } from 'node:fs'
import {
  type Awaitable,
  type Exchange,
  fileHead,
  filePath,
  fileRefused,
  type OpenedFile,
  openedFile,
  sendFile,
  sendPart,
  type Verdict,
} from 'gateway/plugin'
import { type Cut, cutOf } from './cut.ts'
import { FalseMovie } from './false-movie.ts'
import { findAtoms } from './find-atoms.ts'
import { type Excerpt, excerpt } from './movie.ts'

/** How movies are served in a place. */
export interface Serving {
  /** Bytes of a `moov`. */
  readonly mostIndex: number
  readonly startsAt: 'anywhere' | 'key frame'
}

/** Sends a movie, or the part of it that is asked for. */
export function serve(x: Exchange, serving: Serving): Awaitable<Verdict> {
  if (x.method !== 'GET' && x.method !== 'HEAD') return 405
  if (x.uri.endsWith('/')) return 'next'
  const path = filePath(x)
  let file: OpenedFile
  try {
    file = openedFile(x, path)
  } catch (error) {
    return fileRefused(x, path, error)
  }
  if (!file.stats.isFile()) {
    closeSync(file.fd)
    return 'next'
  }
  const cut = cutOf(x)
  return cut ? servePart(x, file, cut, serving) : sendFile(x, file, fileHead(x, file.stats))
}

async function servePart(
  x: Exchange,
  file: OpenedFile,
  cut: Cut,
  serving: Serving,
): Promise<Verdict> {
  let part: Excerpt | 'whole'
  try {
    part = await partOf(file, cut, serving)
  } catch (error) {
    closeSync(file.fd)
    if (!(error instanceof FalseMovie)) return fileRefused(x, file.path, error, 'read()')
    x.log('error', `${error.message} in "${file.path}"`)
    return 500
  }
  const head = fileHead(x, file.stats)
  return part === 'whole' ? sendFile(x, file, head) : sendPart(x, file, head, part.before, part)
}

async function partOf(
  { fd, path, stats }: OpenedFile,
  cut: Cut,
  { mostIndex, startsAt }: Serving,
): Promise<Excerpt | 'whole'> {
  const found = await findAtoms({ fd, path, size: stats.size }, cut, mostIndex)
  if (found === 'whole') return found
  const file = { size: stats.size, dataEnd: found.dataEnd }
  return excerpt(found.type, found.moov, cut, file, startsAt)
}
