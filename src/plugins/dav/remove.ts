import { lstat, rm, unlink } from 'node:fs/promises'
import { type Exchange, filePath, Head, openable, type Verdict } from 'gateway/plugin'
import { depthOf } from './depth.ts'
import type { Dav } from './index.ts'
import { Refusal } from './refusal.ts'

/** Removes a file, or a folder with all that is in it. Links are removed, not followed. */
export async function remove(x: Exchange, { leastDepth }: Dav): Promise<Verdict> {
  const names = x.uri.split('/').filter(Boolean).length
  if (names < leastDepth) throw new Refusal(409, `insufficient URI depth:${names} to DELETE`)
  const path = filePath(x)
  const stats = await lstat(openable(path)).catch((error) => {
    // A file is no folder that could hold anything.
    if (error.code === 'ENOTDIR') throw new Refusal(409, `"${path}" is in no folder`)
    throw error
  })
  if (!stats.isDirectory()) {
    const depth = depthOf(x, '0')
    if (depth === '1') throw new Refusal(400, '"Depth" header must be 0 or infinity')
    await unlink(openable(path))
    return x.respond(new Head(204))
  }
  if (!x.uri.endsWith('/')) throw new Refusal(409, `DELETE "${path}" failed (it is a folder)`)
  if (depthOf(x, 'infinity') !== 'infinity') {
    throw new Refusal(400, '"Depth" header must be infinity')
  }
  await rm(openable(path.slice(0, -1)), { recursive: true })
  return x.respond(new Head(204))
}
