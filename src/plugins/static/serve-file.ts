import type { Buffer } from 'node:buffer'
import { closeSync } from 'node:fs'
import {
  type Awaitable,
  type Exchange,
  escapePath,
  fileHead,
  filePath,
  fileRefused,
  Head,
  type OpenedFile,
  openedFile,
  sendFile,
  type Verdict,
} from 'gateway/plugin'
import type { KeptFiles } from './kept-files.ts'
import { giveBack, readWhole } from './read-whole.ts'

/** Above this size a file is streamed; up to it, reading it now is cheaper than waiting for it. */
const WHOLE_LIMIT = 65_536

/** How files are served in one place. */
export interface Serving {
  readonly kept: KeptFiles | undefined
}

/** Answers with the file `root` and the URI name, as nginx's static module does. */
export function serveFile(x: Exchange, config: Serving): Awaitable<Verdict> {
  const { method } = x
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return 405
  const path = filePath(x)
  if (x.uri.endsWith('/')) {
    x.log('error', `directory index of "${path}" is forbidden`)
    return 403
  }
  // What was kept was found without a look at what its path leads over.
  const files = x.location.settings.disable_symlinks.kind === 'off' ? config.kept : undefined
  const kept = method === 'GET' ? files?.find(path, x.startedAt) : undefined
  if (kept) {
    return x.respond(fileHead(x, kept.stats, kept.etag), kept.body)
  }
  let found: OpenedFile
  try {
    found = openedFile(x, path)
  } catch (error) {
    return fileRefused(x, path, error)
  }
  const { fd, stats } = found
  if (!stats.isFile() || method === 'POST') {
    closeSync(fd)
    if (stats.isDirectory()) return redirectToDirectory(x)
    if (stats.isFile()) return 405
    x.log('crit', `"${path}" is not a regular file`)
    return 404
  }
  const head = fileHead(x, stats)
  if (method === 'HEAD' || stats.size > WHOLE_LIMIT) return sendFile(x, found, head)
  return sendWhole(x, found, head, files)
}

function sendWhole(
  x: Exchange,
  { path, fd, stats }: OpenedFile,
  head: Head,
  kept: KeptFiles | undefined,
): Awaitable<Verdict> {
  let body: Buffer
  try {
    body = readWhole(fd, head.length as number)
  } catch (error) {
    return fileRefused(x, path, error, 'read()')
  } finally {
    closeSync(fd)
  }
  // What is there now counts, should the file have been cut in this moment.
  head.length = body.length
  kept?.offer(path, stats, body)
  const answered = x.respond(head, body)
  if (answered === 'done' && x.direct) giveBack(body)
  return answered
}

/** `/dir` is asked for, `/dir/` is where it is. */
function redirectToDirectory(x: Exchange): Verdict {
  const args = x.args ? `?${x.args}` : ''
  const head = new Head(301)
  head.fields.add('Location', x.absolute(`${escapePath(x.uri)}/${args}`))
  return x.finish(301, head)
}
