import { type Exchange, Fields, parseTarget, type Target, type Verdict } from 'gateway/plugin'
import { refusal } from '../../../sandbox/border/refusal.ts'
import type { OutgoingRequest } from '../../../sandbox/host/run-events.ts'
import { CONNECTION_FIELDS } from './answer-sender.ts'
import { wholeOf } from './handler-answer.ts'

/** What the kernel takes for a host of a request: nothing else is to reach anyone by a script. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i
/** A tunnel, and an echo of secrets: nobody may ask for these (as in nginx). */
const REFUSED: ReadonlySet<string> = new Set(['CONNECT', 'TRACE'])

interface Wanted {
  readonly method: string
  /** Undefined where the URL is as it was. */
  readonly to: Target | undefined
  readonly moved: boolean
  readonly fields: readonly string[]
  /** Undefined: the client's. */
  readonly body: Uint8Array | undefined
}

/** What a `request` hook makes of a request. */
export class Rewriting {
  readonly #x: Exchange
  /** The URL the hook was shown. */
  readonly #url: string
  /** Bytes of a body it may give. */
  readonly #limit: number
  #wanted: Wanted | undefined

  constructor(x: Exchange, url: string, limit: number) {
    this.#x = x
    this.#url = url
    this.#limit = limit
  }

  /** Notes what is wanted; refuses what no request can become. */
  take(request: OutgoingRequest, whose: 'client' | 'script'): void | Promise<void> {
    const { fields, method, url } = request
    if (isHead(method) !== isHead(this.#x.method)) {
      throw refusal('TypeError', 'a HEAD request stays one, and no other becomes one')
    }
    if (REFUSED.has(method)) throw refusal('TypeError', `a request cannot become ${method}`)
    checkHost(fields)
    const { moved, to } = this.#target(new URL(url))
    const note = (body: Uint8Array | undefined) => {
      this.#wanted = { method, to, moved, fields, body }
    }
    if (whose === 'client') return note(undefined)
    const body = wholeOf(request.body, this.#limit)
    return body instanceof Promise ? body.then(note) : note(body)
  }

  /** Makes it so: the location is looked for anew where the path is another one. */
  apply(): Verdict {
    const wanted = this.#wanted
    if (!wanted) return 'next'
    const x = this.#x
    const { body, fields, method, moved, to } = wanted
    if (body && !(body.length === 0 && x.body.empty)) x.replaceBody(body)
    x.headers = headersOf(x, fields)
    x.method = method
    if (!to) return 'next'
    if (x.rewritten === 'no') x.rewritten = 'yes'
    x.args = to.args
    if (!moved) return 'next'
    x.uri = to.uri
    // What the client may not ask for itself, a script cannot ask for in its name.
    x.internal = false
    return 'rerun'
  }

  /** Path and query count; scheme and host are the client's choice. */
  #target({ pathname, search }: URL): Pick<Wanted, 'moved' | 'to'> {
    // The client may have named a host that no URL can have.
    const shown = URL.canParse(this.#url) ? new URL(this.#url) : undefined
    const moved = pathname !== shown?.pathname
    if (!moved && search === shown?.search) return { moved, to: undefined }
    try {
      return { moved, to: parseTarget(pathname + search, this.#x.server.settings.merge_slashes) }
    } catch {
      throw refusal('TypeError', 'a path that cannot be asked for')
    }
  }
}

function isHead(method: string): boolean {
  return method === 'HEAD'
}

function checkHost(fields: readonly string[]): void {
  const hosts = fields.filter((_, i) => i % 2 === 1 && fields[i - 1] === 'host')
  if (hosts.length > 1 || hosts.some((host) => !HOST.test(host))) {
    throw refusal('TypeError', 'a host that no request can be for')
  }
}

/** The script's fields; those of the connection are the client's, and length is what it is. */
function headersOf(x: Exchange, fields: readonly string[]): Fields {
  const { length } = x.body
  const headers = new Fields([...fields])
  for (const name of [...CONNECTION_FIELDS, 'content-length']) headers.delete(name)
  for (const [name, value] of x.headers) {
    const lower = name.toLowerCase()
    const stays = CONNECTION_FIELDS.has(lower)
    if (stays && (lower !== 'transfer-encoding' || length === undefined)) headers.add(name, value)
  }
  if (length) headers.add('Content-Length', `${length}`)
  if (!headers.has('host')) headers.add('Host', x.headers.get('host') ?? x.host)
  return headers
}
