import {
  type Awaitable,
  type ConfigOf,
  definePlugin,
  type Exchange,
  type ForwardOptions,
  findUpstream,
  forward,
  type Place,
  type Upstream,
  type Verdict,
} from 'gateway/plugin'
import { directives, type MemcachedPass } from './directives.ts'
import { escapeKey, LONGEST_KEY } from './key.ts'
import { type Get, memcached } from './protocol.ts'

/** What a location asks, and how. */
interface Asks {
  readonly pass: MemcachedPass
  readonly options: ForwardOptions<Get>
}

const PORT = 11211

/** Answers with what memcached servers keep. */
export default definePlugin({
  name: 'memcached',
  doc: 'Answers with values of memcached servers.',
  directives,
  prepare: (config, place): Asks | undefined => {
    const { memcached_pass: pass } = config
    return pass && { pass, options: optionsOf(config, pass, place) }
  },
  content,
})

function content(x: Exchange, { pass, options }: Asks): Awaitable<Verdict> {
  if (x.method !== 'GET' && x.method !== 'HEAD') return 405
  const key = pass.key(x) ?? ''
  if (key === '') {
    x.log('error', 'the "$memcached_key" variable is not set')
    return 500
  }
  // A server would refuse it, and be taken for broken because of a client.
  if (escapeKey(key).length > LONGEST_KEY) return 414
  const to = upstreamOf(x, pass.to)
  const go = (upstream: Upstream) => forward(x, upstream, memcached, options)
  return to instanceof Promise ? to.then(go) : go(to)
}

function upstreamOf(x: Exchange, to: MemcachedPass['to']): Awaitable<Upstream> {
  return 'render' in to ? findUpstream(to.render(x), PORT) : to
}

function optionsOf(
  config: ConfigOf<typeof directives>,
  { key }: MemcachedPass,
  place: Place,
): ForwardOptions<Get> {
  const folder = place.bodyFolder
  return {
    request: { key: (x) => escapeKey(key(x) ?? ''), gzipFlag: config.memcached_gzip_flag },
    requestBody: 'drop',
    bind: config.memcached_bind,
    probed: config.memcached_socket_keepalive,
    connectTimeout: config.memcached_connect_timeout,
    sendTimeout: config.memcached_send_timeout,
    readTimeout: config.memcached_read_timeout,
    next: config.memcached_next_upstream,
    nextTries: config.memcached_next_upstream_tries,
    nextTimeout: config.memcached_next_upstream_timeout,
    headLimit: config.memcached_buffer_size,
    buffering: true,
    spooling: { memory: MEMORY, piece: PIECE, fileLimit: 0, folder },
    requestBuffering: true,
    bodyFolder: folder,
    ignoreClientAbort: false,
    // What is missing is a page of its own, as in nginx.
    interceptErrors: 'always',
    ignored: new Set(),
    limitRate: undefined,
    forceRanges: true,
    passesTrailer: undefined,
    edit: undefined,
  }
}

/** How much of a value waits for a slow client, and how much is given to it at once. */
const MEMORY = 65_536
const PIECE = 16_384
