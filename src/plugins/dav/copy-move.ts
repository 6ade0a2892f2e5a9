import { randomBytes } from 'node:crypto'
import { copyFile, cp, lstat, mkdir, rename, rm, stat, unlink, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  codeOf,
  type Exchange,
  fileBelow,
  filePath,
  Head,
  openable,
  type Verdict,
} from 'gateway/plugin'
import { folderAccess } from './access.ts'
import { depthOf } from './depth.ts'
import { destinationOf, invalid } from './destination.ts'
import type { Dav } from './index.ts'
import { Refusal } from './refusal.ts'

const NAME_BYTES = 9

/** Where from and where to, without a slash at the end. */
interface Journey {
  readonly from: string
  readonly to: string
  readonly kind: 'file' | 'folder'
}

/** Copies or moves a file, or a folder with what is in it. */
export async function copyOrMove(x: Exchange, dav: Dav): Promise<Verdict> {
  const uri = destinationOf(x)
  if (uri.endsWith('/') !== x.uri.endsWith('/')) {
    throw new Refusal(
      409,
      `both URI "${x.uri}" and "Destination" URI "${uri}" should be either collections or non-collections`,
    )
  }
  const depth = depthOf(x, 'infinity')
  if (depth === '1' || (depth === '0' && x.method === 'MOVE')) {
    throw new Refusal(400, '"Depth" header must be infinity')
  }
  const overwrite = readOverwrite(x)
  const journey = journeyOf(x, uri)
  await makeRoom(journey, overwrite)
  await go(x, journey, dav, depth)
  // As nginx tells it, whether or not something was there before.
  return x.respond(new Head(journey.kind === 'folder' ? 201 : 204))
}

function readOverwrite(x: Exchange): 'yes' | 'no' {
  const field = x.headers.get('overwrite')
  if (field === undefined || /^t$/i.test(field)) return 'yes'
  if (/^f$/i.test(field)) return 'no'
  throw new Refusal(400, `client sent invalid "Overwrite" header: "${field}"`)
}

function journeyOf(x: Exchange, uri: string): Journey {
  const from = plain(filePath(x))
  const { replaces } = x.location.settings.root
  if (typeof replaces === 'object' && !uri.startsWith(replaces.prefix)) throw invalid(uri)
  const to = plain(fileBelow(x, uri).path)
  if (from === to) throw new Refusal(403, 'both URIs point to the same location')
  const folder = uri.endsWith('/')
  if (folder && (from.startsWith(`${to}/`) || to.startsWith(`${from}/`))) {
    throw new Refusal(403, 'one collection cannot be copied or moved into the other')
  }
  return { from, to, kind: folder ? 'folder' : 'file' }
}

function plain(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
}

/** Takes away what stands in the way. */
async function makeRoom({ from, kind, to }: Journey, overwrite: 'yes' | 'no'): Promise<void> {
  const there = await lstat(openable(to)).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (there?.isDirectory() && kind === 'file') throw new Refusal(409, `"${to}" is a collection`)
  if (there && overwrite === 'no') throw new Refusal(412, `"${to}" exists`)
  const source = await lstat(openable(from))
  if (source.isDirectory() && kind === 'file') throw new Refusal(400, `"${from}" is a collection`)
  if (!source.isDirectory() && kind === 'folder') {
    throw new Refusal(404, `"${from}" is no collection`)
  }
  if (there && kind === 'folder') await rm(openable(to), { recursive: true })
}

async function go(x: Exchange, journey: Journey, dav: Dav, depth: string): Promise<void> {
  const { from, to, kind } = journey
  if (x.method === 'MOVE' && kind === 'file') {
    const mode = folderAccess(dav.access)
    await mkdir(openable(dirname(to)), { recursive: true, mode })
  }
  if (x.method === 'MOVE') await move(journey)
  else if (kind === 'file') await copyFileTo(from, to)
  else if (depth === '0') await mkdir(openable(to), { mode: (await stat(openable(from))).mode })
  else await cp(text(from), text(to), { recursive: true, verbatimSymlinks: true, ...TIMES })
}

const TIMES = { preserveTimestamps: true, errorOnExist: true, force: false } as const

/** Between file systems a move is a copy, and then a removal. */
async function move({ from, to, kind }: Journey): Promise<void> {
  try {
    await rename(openable(from), openable(to))
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error
    if (kind === 'file') await copyOne(from, to)
    else await cp(text(from), text(to), { recursive: true, verbatimSymlinks: true, ...TIMES })
    await rm(openable(from), { recursive: true })
  }
}

/** As in nginx, a folder that is missing on the way is an error of its own. */
async function copyFileTo(from: string, to: string): Promise<void> {
  await copyOne(from, to).catch((error) => {
    throw codeOf(error) === 'ENOENT' ? new Refusal(500, `no folder for "${to}"`) : error
  })
}

/** Beside its place first, so that it appears there as a whole. */
async function copyOne(from: string, to: string): Promise<void> {
  const { atime, mtime } = await stat(openable(from))
  const made = `${dirname(to)}/.${randomBytes(NAME_BYTES).toString('hex')}.copy`
  try {
    await copyFile(openable(from), openable(made))
    await utimes(openable(made), atime, mtime)
    await rename(openable(made), openable(to))
  } catch (error) {
    await unlink(openable(made)).catch(() => {})
    throw error
  }
}

/** `cp` takes text alone, in UTF-8. */
function text(path: string): string {
  return openable(path).toString()
}
