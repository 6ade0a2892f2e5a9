import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  codeOf,
  type Exchange,
  escapePath,
  filePath,
  Head,
  openable,
  parseHttpDate,
  type Verdict,
} from 'gateway/plugin'
import { folderAccess } from './access.ts'
import type { Dav } from './index.ts'
import { Refusal } from './refusal.ts'
import { receive, Upload } from './upload.ts'

/** Makes or replaces the file of the URI by the body of the request. */
export async function put(x: Exchange, dav: Dav): Promise<Verdict> {
  if (x.uri.endsWith('/')) throw new Refusal(409, 'cannot PUT to a collection')
  if (x.headers.get('content-range') !== undefined) {
    throw new Refusal(501, 'PUT with range is unsupported')
  }
  const path = filePath(x)
  const before = await stat(openable(path)).catch(() => undefined)
  if (before?.isDirectory()) throw new Refusal(409, `"${path}" could not be created`)
  const upload = await begin(path, dav)
  try {
    await receive(x, upload)
    await upload.finish(path, parseHttpDate(x.headers.get('date') ?? ''))
  } catch (error) {
    await upload.giveUp()
    throw error
  }
  return before ? x.respond(new Head(204)) : created(x)
}

/** As in nginx, what is missing on the way is an error of its own: 500. */
async function begin(path: string, { access, missingFolders }: Dav): Promise<Upload> {
  try {
    return await Upload.begin(path, access)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    if (missingFolders === 'refused') throw new Refusal(500, `no folder for "${path}"`)
    const mode = folderAccess(access)
    await mkdir(openable(dirname(path)), { recursive: true, mode })
    return await Upload.begin(path, access)
  }
}

/** 201 with the place of what was made. */
export async function created(x: Exchange): Promise<Verdict> {
  const head = new Head(201)
  head.fields.add('Location', x.absolute(escapePath(x.uri)))
  return x.respond(head)
}
