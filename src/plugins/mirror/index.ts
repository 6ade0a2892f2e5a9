import {
  type Awaitable,
  collectBody,
  definePlugin,
  type Exchange,
  keepBody,
  type SubrequestOptions,
  type TempFolder,
  type Verdict,
} from 'gateway/plugin'
import { directives } from './directives.ts'

/** What a place mirrors. */
interface Mirror {
  readonly uris: readonly string[]
  readonly body: 'same' | 'none'
  readonly bodyFolder: TempFolder
}

/**
 * Sends copies of requests elsewhere. Not transient: a copy may be under way when its request is
 * over.
 */
export default definePlugin({
  name: 'mirror',
  doc: 'Sends copies of requests to other places of the server, and throws the answers away.',
  directives,
  prepare: ({ mirror, mirror_request_body }, { bodyFolder }): Mirror | undefined =>
    mirror.length > 0
      ? { uris: mirror, body: mirror_request_body ? 'same' : 'none', bodyFolder }
      : undefined,
  precontent,
})

function precontent(x: Exchange, mirror: Mirror): Awaitable<Verdict> {
  if (x.parent) return 'next'
  const collected = mirror.body === 'none' || collectBody(x, mirror.bodyFolder)
  return collected instanceof Promise
    ? collected.then((whole) => copy(x, mirror, whole))
    : copy(x, mirror, collected)
}

function copy(x: Exchange, { uris, body }: Mirror, whole: boolean): 'next' {
  const query = x.args === undefined ? '' : `?${x.args}`
  const options = { method: x.method, ...(body === 'same' && { body }) }
  for (const uri of uris) {
    if (!whole) leaveOut(x, uri, 'its body could not be read')
    else if (!send(x, uri + query, options)) leaveOut(x, uri, 'too many are under way')
  }
  return 'next'
}

/** A copy may be sent when its request is over, so the body has to stay. */
function send(x: Exchange, uri: string, options: SubrequestOptions): boolean {
  const copied = x.background(uri, options)
  if (copied && options.body) void copied.then(keepBody(x))
  return copied !== undefined
}

function leaveOut(x: Exchange, uri: string, reason: string): void {
  // A client that broke its body off is told of already.
  if (!x.body.failed) x.log('warn', `request is not mirrored to "${uri}": ${reason}`)
}
